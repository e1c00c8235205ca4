/** `npm run tool -- <tool> [options]`: the tools of the tests, for trying an auditlogger by hand. */
interface Tool {
  readonly says: string;
  load(): Promise<{ readonly help: string; run(args: readonly string[]): Promise<number> }>;
}

const tools = new Map<string, Tool>([
  [
    'apiserver',
    { says: 'sends events on the schedule of a kube-apiserver', load: () => import('./apiserver-program.ts') },
  ],
  ['flow', { says: 'draws the picture in README.md from docs/flow.txt', load: () => import('./flow-program.ts') }],
  ['load', { says: 'sends as much as is taken, or so much a second', load: () => import('./load-program.ts') }],
  [
    'new-kinds',
    { says: "writes and runs a test of each kind with 'snoop new'", load: () => import('./new-kinds-program.ts') },
  ],
]);

const [name = '', ...args] = process.argv.slice(2);
const tool = tools.get(name);
const usage = [
  'Usage: npm run tool -- <tool> [options]',
  '',
  ...[...tools].map(([known, { says }]) => `  ${known.padEnd(12)} ${says}`),
  '',
  'npm run tool -- <tool> --help says more.',
  '',
].join('\n');

if (tool === undefined) {
  const isAsked = name === '--help' || name === '-h';
  if (isAsked) process.stdout.write(usage);
  else process.stderr.write(name === '' ? usage : `There is no tool '${name}'.\n\n${usage}`);
  process.exitCode = isAsked ? 0 : 2;
} else {
  const program = await tool.load();
  if (args.includes('--help') || args.includes('-h')) process.stdout.write(program.help);
  else process.exitCode = await program.run(args);
}

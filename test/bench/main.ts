/** `npm run bench -- <figure> [options]`: measures one figure and prints it with the machine's facts. */
interface Figure {
  says: string;
  /** Its measure() may say with which code to exit. */
  load: () => Promise<{ measure(args: readonly string[]): Promise<number | undefined> }>;
}

const figures = new Map<string, Figure>([
  [
    'report-latency',
    { says: 'from the last response of a run to its printed report', load: () => import('./report-latency.ts') },
  ],
  [
    'snoopdb',
    {
      says: 'SnoopDB: [--small] [resolver] [bulk-load] [views] [ready]; exits 1 when a floor is missed',
      load: () => import('./snoopdb/main.ts'),
    },
  ],
  [
    'workbench',
    {
      says: 'recording requests: [--small] [proxy] [audited-client] [many-requests] [watch] [audit-run]; exits 1 when a floor is missed',
      load: () => import('./workbench/main.ts'),
    },
  ],
  [
    'audit-run',
    {
      says: 'what audit adds to the wall time of a suite: [--small]; exits 1 when a floor is missed',
      load: async () => {
        const { measure } = await import('./workbench/main.ts');
        return { measure: (args) => measure([...args, 'audit-run']) };
      },
    },
  ],
  [
    'gate',
    {
      says: 'snoop gate for all of Kubernetes: [--small] [coverage-file] [audit-log]; exits 1 when a floor is missed',
      load: () => import('./gate/main.ts'),
    },
  ],
  [
    'ui',
    {
      says: 'the page: [--small] [size] [site] [page] [live] [clients]; exits 1 when a floor is missed',
      load: () => import('./ui/main.ts'),
    },
  ],
  [
    'auditlogger',
    {
      says: 'the auditlogger: [--small] [throughput] [memory] [open-loop] [single-events]; exits 1 when a floor is missed',
      load: () => import('./auditlogger/main.ts'),
    },
  ],
  [
    'attack',
    {
      says: "a normal sender's p99 beside each attack: [--small] [attack…]; exits 1 when a floor is missed",
      load: () => import('./attack/main.ts'),
    },
  ],
  [
    'attack-mix',
    {
      says: 'all attacks at random: [--minutes 20] [--seed 1]; exits 1 when something is lost, ends or grows too large',
      load: () => import('./attack/mix.ts'),
    },
  ],
]);

const [name, ...args] = process.argv.slice(2);
const figure = figures.get(name ?? '');
if (figure === undefined) {
  console.error('Usage: npm run bench -- <figure>\n');
  for (const [known, { says }] of figures) console.error(`  ${known.padEnd(16)} ${says}`);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
} else {
  const { measure } = await figure.load();
  process.exitCode = (await measure(args)) ?? 0;
}

import { constants } from 'node:os';
import type { Command } from '../command-line/command.ts';
import { explain } from '../command-line/explain.ts';
import type { Context } from '../context.ts';
import { readEnvironment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { findNearest } from '../nearest.ts';
import { disarmLines } from '../output/disarm.ts';
import { fitHelp } from '../output/help-page.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { createProgress } from '../progress.ts';

// Each command is loaded only when it is called: the program answers --help before anything heavy is read.
const commands = new Map<string, { summary: string; load: () => Promise<Command> }>([
  ['up', { summary: 'start a local cluster with its audit logger and SnoopDB', load: () => import('./up.ts') }],
  ['down', { summary: 'stop it; --purge forgets its data', load: () => import('./down.ts') }],
  [
    'status',
    { summary: 'what runs, where, since when, and how many events arrived', load: () => import('./status.ts') },
  ],
  ['test', { summary: 'run live tests and report which endpoints they hit', load: () => import('./test.ts') }],
  ['pair', { summary: 'one shared terminal for two: editor, tests, events', load: () => import('./pair.ts') }],
  ['tail', { summary: 'audit events as they are committed, one line each', load: () => import('./tail.ts') }],
  ['report', { summary: 'print the report of a run again', load: () => import('./report.ts') }],
  [
    'untested',
    { summary: 'the endpoints that no e2e test hits, by kind, group, level', load: () => import('./untested.ts') },
  ],
  ['endpoint', { summary: 'everything that is known of one endpoint', load: () => import('./endpoint.ts') }],
  ['hits', { summary: 'what a client uses of the API', load: () => import('./hits.ts') }],
  [
    'coverage',
    { summary: 'how much is tested; diff: what changed; progress: by release', load: () => import('./coverage.ts') },
  ],
  ['resolve', { summary: 'which endpoint each audit event means', load: () => import('./resolve.ts') }],
  ['export', { summary: "write coverage files as APISnoop's site reads them", load: () => import('./export.ts') }],
  [
    'load',
    { summary: 'put OpenAPI documents, audit logs, coverage and lists into SnoopDB', load: () => import('./load.ts') },
  ],
  ['db', { summary: 'psql, check, rebuild, reset-live: work on SnoopDB itself', load: () => import('./db.ts') }],
  ['sink', { summary: 'what a kube-apiserver needs to send its audit events; check', load: () => import('./sink.ts') }],
  ['kind', { summary: 'images, lint: what a kind cluster is made from', load: () => import('./kind.ts') }],
  [
    'demo',
    { summary: 'the whole way on two example tests, in a state folder of its own', load: () => import('./demo.ts') },
  ],
]);

/** Called by the program itself, not by people. */
const internalCommands = new Map<string, { load: () => Promise<Command> }>([
  ['supervise', { load: () => import('./supervise.ts') }],
  ['forward', { load: () => import('./forward.ts') }],
]);

const overview = `snoop: write tests against a live Kubernetes API and see at once which untested endpoints they hit

Usage: snoop <command> [options]

Commands:
${[...commands].map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`).join('\n')}

A first session:
  snoop up                                      a real kube-apiserver on this machine, no Docker
  snoop test workbench/examples/*.live.ts       run the examples, read their report
  snoop report --output markdown                the same report again, to paste somewhere
  snoop down                                    stop; the next 'up' finds everything again

Options:
  --help       this page; 'snoop <command> --help' explains one command
  --version    the version of snoop

Environment:
  SNOOP_STATE           the state folder (default: .snoop in the project)
  SNOOP_AUTHOR          the author named in reports (default: user.name of git here, else your login name)
  KUBEBUILDER_ASSETS    a folder with etcd and kube-apiserver; else PATH, the cache, a download, a build
  XDG_CACHE_HOME        where programs and a database of shipped data are cached (default: ~/.cache)
  SNOOP_KUBECONFIG      the cluster, where no flag names one and none of snoop's runs; set inside a cluster
  DATABASE_URL          the SnoopDB of a cluster named by a flag; of questions and loads when no local one runs
  NO_COLOR, CI          no colours, no moving progress

Exit codes: 0 yes · 1 no (a test failed) · 2 wrong use · 3 could not do it
`;

/** @throws SnoopError `unknown_command`, with the nearest one */
function findCommand(name: string): { load: () => Promise<Command> } {
  const found = commands.get(name) ?? internalCommands.get(name);
  if (found) return found;
  const [nearest] = findNearest(name, [...commands.keys()], 1);
  const hint = nearest === undefined ? '' : `Did you mean 'snoop ${nearest}'? `;
  throw new SnoopError('unknown_command', `There is no command '${name}'.`, {
    exitCode: 2,
    advice: [`${hint}'snoop --help' lists all.`],
  });
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) {
    context.stdout.write(fitHelp(overview, readWidth(context.stdout)));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    const { version } = await import('../version.ts');
    context.stdout.write(`${version}\n`);
    return 0;
  }
  const wanted = name === 'help' ? (args[0] ?? '') : name;
  const command = await findCommand(wanted).load();
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (name === 'help' || options.includes('--help') || options.includes('-h')) {
    context.stdout.write(fitHelp(command.help, readWidth(context.stdout)));
    return 0;
  }
  return command.run(args, context);
}

/**
 * The command line.
 *
 * @param argv the words after `snoop`
 * @returns the exit code: the command's own, or 2 or 3 for an error that was printed on stderr; 128 + n after a signal
 */
export async function main(argv: readonly string[]): Promise<number> {
  const environment = readEnvironment();
  const abort = new AbortController();
  let signalled = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    const number = constants.signals[signal];
    // A second Ctrl-C is from somebody who does not want to wait for the tidying-up.
    if (signalled !== 0) process.exit(128 + number);
    signalled = number;
    abort.abort(new SnoopError('interrupted', `Interrupted (${signal}).`));
  };
  let stdoutFailed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads only the beginning (`| head`) has what was wanted.
    if (error.code === 'EPIPE' || stdoutFailed) return;
    stdoutFailed = true;
    process.exitCode = 3;
    process.stderr.write(`snoop: The answer cannot be written: ${error.message}\n`);
  });
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const context: Context = {
    environment,
    progress: createProgress(process.stderr, process.stderr.isTTY === true && !environment.ci),
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    signal: abort.signal,
  };
  try {
    const exitCode = await dispatch(argv, context);
    if (signalled === 0 && stdoutFailed) return 3;
    return signalled === 0 ? exitCode : 128 + signalled;
  } catch (error) {
    const { text, exitCode } = await explain(error);
    process.stderr.write(`${fitText(`snoop: ${disarmLines(text)}`, readWidth(process.stderr))}\n`);
    return signalled === 0 ? exitCode : 128 + signalled;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

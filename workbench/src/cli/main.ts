import { constants } from 'node:os';
import type { Command } from '../command-line/command.ts';
import { explain } from '../command-line/explain.ts';
import type { Context } from '../context.ts';
import { readEnvironment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { defineCommand, parseCommand } from '@snoop/snoopdb/command-line';
import { escapeLines } from '../output/control-characters.ts';
import { fitHelp } from '../output/help-page.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { createProgress } from '../progress.ts';
import { version } from '../version.ts';
import { entries, internalEntries } from './command-list.ts';

const page = {
  name: 'snoop',
  title: 'write tests against a live Kubernetes API and see at once which untested endpoints they hit',
  usage: ['snoop <command> [options]'],
  flags: {},
  version,
  sections: [
    {
      title: 'A first session',
      items: {
        'snoop up': 'a real kube-apiserver on this machine, no Docker',
        'snoop test workbench/examples/*.live.ts': 'run the examples, read their report',
        'snoop report --output markdown': 'the same report again, to paste somewhere',
        'snoop down': "stop; the next 'up' finds everything again",
      },
    },
  ],
  environment: {
    SNOOP_STATE: 'the state folder (default: .snoop in the project)',
    SNOOP_AUTHOR: 'the author named in reports (default: user.name of git here, else your login name)',
    KUBEBUILDER_ASSETS: 'a folder with etcd and kube-apiserver; else PATH, the cache, a download, a build',
    XDG_CACHE_HOME: 'where programs and a database of shipped data are cached (default: ~/.cache)',
    SNOOP_KUBECONFIG: "the cluster, where no flag names one and none of snoop's runs; set inside a cluster",
    DATABASE_URL: 'the SnoopDB of a cluster named by a flag; of questions and loads when no local one runs',
    'NO_COLOR, CI': 'no colours, no moving progress',
  },
  examples: 'snoop <command> --help    # explains one command, with examples',
  exitCodes: '0 yes · 1 no (a test failed) · 2 wrong use · 3 could not do it',
};

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const name = argv.find((word) => !word.startsWith('-') && word !== 'help');
  const wanted = [...entries, ...internalEntries].find((entry) => entry.name === name);
  const command = (await wanted?.load())?.command;
  const commands = [...entries, ...internalEntries].map(({ load: _load, ...entry }) =>
    command === undefined || entry.name !== name ? entry : { ...entry, build: command.build },
  );
  const root: Command = defineCommand<Record<string, never>, Context, Promise<number>>({ ...page, commands });
  const asked = parseCommand(root, argv.length === 0 ? ['--help'] : argv);
  if (typeof asked !== 'string') return asked(context);
  context.stdout.write(fitHelp(asked, readWidth(context.stdout)));
  return argv.length === 0 ? 2 : 0;
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
    process.stderr.write(`${fitText(`snoop: ${escapeLines(text)}`, readWidth(process.stderr))}\n`);
    return signalled === 0 ? exitCode : 128 + signalled;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

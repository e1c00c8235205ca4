import { defineCommand, pageWidth, parseCommand } from '@snoop/snoopdb/command-line';
import type { Command } from '../command-line/command.ts';
import type { Context } from '../context.ts';
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

/**
 * The command line. Only this file loads others when they are needed: a page of `--help` is there before anything heavy
 * is read.
 *
 * @param argv the words after `snoop`
 * @returns the exit code: the command's own, or 2 or 3 for an error that was printed on stderr; 128 + n after a signal
 */
export async function main(argv: readonly string[]): Promise<number> {
  const stdout = watchStdout();
  let asked: string | ((context: Context) => Promise<number>);
  try {
    asked = await read(argv);
  } catch (error) {
    const { printError } = await import('./run-command.ts');
    return printError(error);
  }
  if (typeof asked === 'string') {
    await printPage(asked);
    return argv.length === 0 ? 2 : 0;
  }
  const { runCommand } = await import('./run-command.ts');
  return runCommand(asked, stdout);
}

/** Loads the command that is called, if any, and reads its flags. @returns what is to be done, or a page */
async function read(argv: readonly string[]): Promise<string | ((context: Context) => Promise<number>)> {
  const name = argv.find((word) => !word.startsWith('-') && word !== 'help');
  const wanted = [...entries, ...internalEntries].find((entry) => entry.name === name);
  const command = (await wanted?.load())?.command;
  const commands = [...entries, ...internalEntries].map(({ load: _load, ...entry }) =>
    command === undefined || entry.name !== name ? entry : { ...entry, build: command.build },
  );
  const root: Command = defineCommand<Record<string, never>, Context, Promise<number>>({ ...page, commands });
  return parseCommand(root, argv.length === 0 ? ['--help'] : argv);
}

/** A page fits all terminals but the narrowest as it is. */
async function printPage(text: string): Promise<void> {
  const { isTTY, columns } = process.stdout;
  if (!isTTY || columns >= pageWidth) {
    process.stdout.write(text);
    return;
  }
  const { fitHelp } = await import('../output/help-page.ts');
  process.stdout.write(fitHelp(text, columns));
}

/** @returns whether an answer could not be written */
function watchStdout(): { readonly failed: boolean } {
  const state = { failed: false };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads only the beginning (`| head`) has what was wanted.
    if (error.code === 'EPIPE' || state.failed) return;
    state.failed = true;
    process.exitCode = 3;
    process.stderr.write(`snoop: The answer cannot be written: ${error.message}\n`);
  });
  return state;
}

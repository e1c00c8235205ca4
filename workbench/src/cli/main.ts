import { defineCommand, pageWidth, parseCommand } from '@snoop/snoopdb/command-line';
import type { Command } from '../command-line/command.ts';
import type { Context } from '../context.ts';
import { version } from '../version.ts';
import { entries, internalEntries } from './command-list.ts';

/** The page of `snoop --help`. */
export const page = {
  name: 'snoop',
  title: 'write tests against a live Kubernetes API and see which untested endpoints they hit',
  usage: ['snoop <command> [options]'],
  flags: {},
  version,
  sections: [
    {
      title: 'A first session',
      items: {
        'snoop up': 'start a real kube-apiserver on this machine, no Docker',
        'snoop test': 'run the live tests below this folder, print their report',
        'snoop report --output markdown': 'print the report again, as Markdown',
        'snoop down': "stop; the next 'up' keeps the data",
      },
    },
  ],
  environment: {
    SNOOP_STATE: 'the state folder (default: .snoop in the project)',
    SNOOP_AUTHOR: 'the author named in reports (default: user.name of git here, else your login name)',
    KUBEBUILDER_ASSETS: 'a folder with etcd and kube-apiserver; else PATH, the cache, a download, a build',
    XDG_CACHE_HOME: 'where programs and a database of shipped data are cached (default: ~/.cache)',
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs; set inside a cluster',
    DATABASE_URL: 'the SnoopDB of a cluster named by a flag, or if no local control plane runs',
    'NO_COLOR, CI': 'no colours, no moving progress',
  },
  examples: 'snoop <command> --help    # a command, with examples',
  exitCodes: '0 yes · 1 no (a test failed) · 2 wrong use · 3 could not do it',
};

/**
 * Runs the command line. Only this file loads others on demand, so that `--help` is fast.
 *
 * @param argv the words after `snoop`
 * @returns the exit code: the command's own, or 2 or 3 for an error that was printed on stderr; 128 + n after a signal
 */
export async function main(argv: readonly string[]): Promise<number> {
  const stdout = watchStdout();
  let parsed: string | ((context: Context) => Promise<number>);
  try {
    parsed = await parse(argv);
  } catch (error) {
    const { printError } = await import('./run-command.ts');
    return printError(error);
  }
  if (typeof parsed === 'string') {
    await printPage(parsed);
    return argv.length === 0 ? 2 : 0;
  }
  const { runCommand } = await import('./run-command.ts');
  return runCommand(parsed, argv, stdout);
}

/** Loads the command and parses its flags. @returns what to run, or a page of help */
async function parse(argv: readonly string[]): Promise<string | ((context: Context) => Promise<number>)> {
  const name = argv.find((word) => !word.startsWith('-') && word !== 'help');
  const wanted = [...entries, ...internalEntries].find((entry) => entry.name === name);
  const command = (await wanted?.load())?.command;
  const commands = [...entries, ...internalEntries].map(({ load: _load, ...entry }) =>
    command === undefined || entry.name !== name ? entry : { ...entry, build: command.build },
  );
  const root: Command = defineCommand<Record<string, never>, Context, Promise<number>>({ ...page, commands });
  return parseCommand(root, argv.length === 0 ? ['--help'] : argv);
}

/** Wraps the page only for narrow terminals. */
async function printPage(text: string): Promise<void> {
  const { isTTY, columns } = process.stdout;
  if (!isTTY || columns >= pageWidth) {
    process.stdout.write(text);
    return;
  }
  const { fitHelp } = await import('../output/help-page.ts');
  process.stdout.write(fitHelp(text, columns));
}

/** Watches for failed writes. */
function watchStdout(): { readonly failed: boolean } {
  const state = { failed: false };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that ends early (`| head`) is not a failure.
    if (error.code === 'EPIPE' || state.failed) return;
    state.failed = true;
    process.exitCode = 3;
    process.stderr.write(`snoop: Cannot write to stdout: ${error.message}\n`);
  });
  return state;
}

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { chooseEditor } from './editor.ts';
import { escapeFormat } from './multiplexer.ts';
import type { Multiplexer, Variables } from './multiplexer.ts';
import type { Place } from './place.ts';

const snoop = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

/** One part of the screen and what runs in it. */
export interface Pane {
  readonly title: string;
  /** What a person would type to run it. */
  readonly typed: string;
  readonly command: readonly string[];
}

/** Panes beside each other need a screen of this width; on a narrower one they stand above each other. */
const wideColumns = 150;

/**
 * The three panes: an editor on the work folder, the tests at every save, the audit events as they come.
 *
 * @param authors who writes the tests; none: as `snoop test` finds out
 */
export async function describePanes(
  workFolder: string,
  authors: readonly string[],
  env: Variables,
  path: readonly string[],
): Promise<readonly [Pane, Pane, Pane]> {
  const named = authors.flatMap((author) => ['--author', author]);
  return [
    await describeEditor(workFolder, env, path),
    describeSnoop('tests', ['test', '--watch', ...named]),
    describeSnoop('events', ['tail']),
  ];
}

async function describeEditor(workFolder: string, env: Variables, path: readonly string[]): Promise<Pane> {
  const editor = chooseEditor(env, path);
  if (editor === null) {
    const line = 'echo "There is no editor here: install one, or set EDITOR before the session is started."; exit 127';
    return { title: 'editor', typed: 'an editor', command: ['sh', '-c', line] };
  }
  const args = editor.opensFolders ? [workFolder] : await findNewestTest(workFolder);
  return {
    title: 'editor',
    typed: [editor.line, ...args].join(' '),
    command: ['sh', '-c', `${editor.line} "$@"`, 'editor', ...args],
  };
}

/** For editors that open files only: the test that was last worked on. */
async function findNewestTest(workFolder: string): Promise<string[]> {
  const files = await findTestFiles([], workFolder, { mayBeNone: true });
  const changed = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return files.sort((one, other) => changed(other) - changed(one)).slice(0, 1);
}

function describeSnoop(title: string, args: readonly string[]): Pane {
  const typed = ['snoop', ...args.map((word) => (/^[\w-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))];
  return { title, typed: typed.join(' '), command: [process.execPath, snoop, ...args] };
}

/**
 * What stands between a pane and its program, so that a program that ends takes no pane with it: it says how the program
 * ended and waits for what to do. Ctrl-C reaches the program only; `sh` goes on.
 */
export const paneScript = `title=$1 typed=$2
shift 2
trap : INT
name() { printf '\\033]2;%s\\033\\\\' "$title"; }
while :; do
  name
  "$@"
  code=$?
  name
  printf '\\033[0m\\n%s: it ended with %s.\\n' "$typed" "$code"
  while :; do
    printf 'Enter starts it again, s and Enter gives a shell: '
    # Neither a Ctrl-C nor a Ctrl-D here may end the pane.
    answer=s
    interrupted=
    trap 'interrupted=1' INT
    read -r answer || { [ -n "$interrupted" ] && answer=x || answer=s; }
    trap : INT
    case $answer in
      '') break ;;
      s*) printf "\\n'exit' leads back.\\n"; "\${SHELL:-sh}"; name ;;
      *) echo ;;
    esac
  done
done
`;

/** Fills a session that has one pane with the three, and shows the first. */
export async function openPanes(
  multiplexer: Multiplexer,
  place: Place,
  panes: readonly [Pane, Pane, Pane],
  workFolder: string,
): Promise<void> {
  const [editor, tests, events] = panes;
  const run = ({ title, typed, command }: Pane): string[] => ['sh', place.paneScript, title, typed, ...command];
  const [first = '', columns = '0'] = (
    await multiplexer.tell(['list-panes', '-F', '#{pane_id} #{window_width}'])
  ).split(' ');
  const isWide = Number(columns) >= wideColumns;
  const split = (from: string, ways: readonly string[], pane: Pane): Promise<string> => {
    const where = ['-d', '-t', from, '-c', escapeFormat(workFolder), '-P', '-F', '#{pane_id}'];
    return multiplexer.tell(['split-window', ...ways, ...where, ...run(pane)]);
  };
  const second = await split(first, isWide ? ['-h', '-p', '50'] : ['-v', '-p', '60'], tests);
  await split(second, ['-v', '-p', '40'], events);
  await multiplexer.tell(['respawn-pane', '-k', '-t', first, ...run(editor)]);
  await multiplexer.tell(['select-pane', '-t', first]);
}

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { chooseEditor } from './editor.ts';
import { escapeFormat } from './multiplexer.ts';
import type { Multiplexer, Variables } from './multiplexer.ts';
import type { Place } from './place.ts';

const snoop = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

export interface Pane {
  readonly title: string;
  /** The command as a user would type it. */
  readonly typed: string;
  readonly command: readonly string[];
}

/** On narrower screens, the panes are above each other. */
const wideColumns = 150;

/**
 * Describes the three panes: an editor in the work folder, the tests at every save, and the audit events.
 *
 * @param authors empty: the default of `snoop test`
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
    const line = 'echo "No editor found: install one, or set EDITOR before you start the session."; exit 127';
    return { title: 'editor', typed: 'an editor', command: ['sh', '-c', line] };
  }
  const args = editor.opensFolders ? [workFolder] : await findNewestTest(workFolder);
  return {
    title: 'editor',
    typed: [editor.line, ...args].join(' '),
    command: ['sh', '-c', `${editor.line} "$@"`, 'editor', ...args],
  };
}

/** For editors that cannot open folders: the test file that was changed last. */
async function findNewestTest(workFolder: string): Promise<string[]> {
  const files = await findTestFiles([], workFolder, { mayBeEmpty: true });
  const changed = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return files.sort((one, other) => changed(other) - changed(one)).slice(0, 1);
}

function describeSnoop(title: string, args: readonly string[]): Pane {
  const typed = ['snoop', ...args.map((word) => (/^[\w-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))];
  return { title, typed: typed.join(' '), command: [process.execPath, snoop, ...args] };
}

/**
 * Runs a pane's program, so that the pane survives the program's end: prints how it ended and asks what to do. `sh`
 * ignores Ctrl-C.
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
  printf '\\033[0m\\n%s ended with exit code %s.\\n' "$typed" "$code"
  while :; do
    printf 'Enter restarts it, s and Enter opens a shell: '
    # Ctrl-C and Ctrl-D must not end the pane.
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

/** Opens the three panes in a new session and selects the first. */
export async function openPanes(
  multiplexer: Multiplexer,
  place: Place,
  panes: readonly [Pane, Pane, Pane],
  workFolder: string,
): Promise<void> {
  const [editor, tests, events] = panes;
  const formatCommand = ({ title, typed, command }: Pane): string[] => [
    'sh',
    place.paneScript,
    title,
    typed,
    ...command,
  ];
  const [first = '', columns = '0'] = (await multiplexer.run(['list-panes', '-F', '#{pane_id} #{window_width}'])).split(
    ' ',
  );
  const isWide = Number(columns) >= wideColumns;
  const split = (from: string, ways: readonly string[], pane: Pane): Promise<string> => {
    const where = ['-d', '-t', from, '-c', escapeFormat(workFolder), '-P', '-F', '#{pane_id}'];
    return multiplexer.run(['split-window', ...ways, ...where, ...formatCommand(pane)]);
  };
  const second = await split(first, isWide ? ['-h', '-p', '50'] : ['-v', '-p', '60'], tests);
  await split(second, ['-v', '-p', '40'], events);
  await multiplexer.run(['respawn-pane', '-k', '-t', first, ...formatCommand(editor)]);
  await multiplexer.run(['select-pane', '-t', first]);
}

import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import { bind, makeEnvironment } from './command.ts';
import { root } from './project.ts';
import { waitUntil } from './wait-until.ts';

/** A program on a pseudo-terminal, as a person sits before it. */
export interface Terminal {
  type(keys: string): void;
  /** @throws Error with what was drawn when the text does not come */
  sees(text: string): Promise<void>;
  /** @returns the program's exit code, once it ended */
  ended(): Promise<number | null>;
}

/** Starts a program on a terminal of 120 × 40 characters; `script` makes it. It is killed when the test ends before it. */
export function openTerminal(command: readonly string[]): Terminal {
  const line = `stty rows 40 cols 120; exec ${command.map(quote).join(' ')}`;
  const child = bind(
    spawn('script', ['-qefc', line, '/dev/null'], {
      cwd: root,
      env: makeEnvironment({ TERM: 'xterm-256color' }),
      stdio: 'pipe',
    }),
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => {});
  onTestFinished(() => void child.kill('SIGKILL'));
  // Everything that was drawn so far, without the escape sequences that place and colour it.
  const read = (): string => stripVTControlCharacters(output);
  return {
    type: (keys) => void child.stdin.write(keys),
    async sees(text) {
      try {
        await waitUntil(`the terminal shows ${JSON.stringify(text)}`, () => read().includes(text));
      } catch (error) {
        throw new Error(`The terminal never showed ${JSON.stringify(text)}, but:\n${read().slice(-3000)}`, {
          cause: error,
        });
      }
    },
    ended: () => ended,
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

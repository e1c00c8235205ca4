import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { wrongUse } from '../errors.ts';

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** @throws SnoopError `wrong_use` without a terminal to ask on */
export function requireTerminal({ stdin }: Pick<Terminal, 'stdin'>): void {
  if (stdin.isTTY === true) return;
  throw wrongUse(
    'There is no terminal to ask on whether to run these tests.',
    'Read the source, then use --run --yes.',
  );
}

/** Asks once; anything but yes means no, also the end of the input. @throws the reason of the signal */
export async function askConsent(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  // A terminal sends Ctrl-C as a key while a line is read.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = once(lines, 'close').then(() => '');
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    // Ctrl-D on a terminal.
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    lines.close();
  }
}

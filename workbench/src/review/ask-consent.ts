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

/** Asks once; anything but yes means no. */
export async function askConsent(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}

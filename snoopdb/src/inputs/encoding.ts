import { SnoopDbError } from '../errors.ts';

/** The name of the input `-`. */
export const stdinName = 'standard input';

/** The input, for the error. */
export interface EncodedInput {
  readonly name: string;
  readonly isPacked: boolean;
  /** The command that reads it from standard input, such as `snoop resolve -`. */
  readonly pipedTo: string | undefined;
}

/**
 * Refuses UTF-16 by its byte order mark; Windows PowerShell's `>` writes it. The two bytes may arrive separately.
 * @throws SnoopDbError `unreadable_input`
 */
export async function* refuseUtf16(
  pieces: AsyncIterable<Buffer>,
  describe: () => EncodedInput,
): AsyncGenerator<Buffer> {
  let first: number | null = null;
  let isKnown = false;
  for await (const piece of pieces) {
    if (!isKnown && piece.length > 0) {
      const second = first === null ? piece[1] : piece[0];
      first ??= piece[0] ?? 0;
      isKnown = second !== undefined;
      if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
        const input = describe();
        throw new SnoopDbError(
          'unreadable_input',
          `${input.name} is UTF-16, not UTF-8. Convert it: ${formatConversion(input)}`,
        );
      }
    }
    yield piece;
  }
}

function formatConversion({ name, isPacked, pipedTo }: EncodedInput): string {
  const isFile = name !== stdinName && !/^https?:/i.test(name);
  const convert = 'iconv -f UTF-16 -t UTF-8';
  const steps = [];
  if (name === stdinName) steps.push('…');
  else if (!isFile) steps.push(`curl -fsSL ${quoteWord(name)}`);
  if (isPacked) steps.push(isFile ? `gunzip -c ${quoteWord(name)}` : 'gunzip -c');
  steps.push(isFile && !isPacked ? `${convert} ${quoteWord(name)}` : convert);
  if (pipedTo !== undefined) steps.push(pipedTo);
  return steps.join(' | ');
}

function quoteWord(word: string): string {
  if (/^[\w./:@%+=,-]+$/.test(word) && !word.startsWith('-')) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

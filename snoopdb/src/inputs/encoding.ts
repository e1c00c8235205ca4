import { SnoopDbError } from '../errors.ts';

/** What is read, for the error. */
export interface EncodedInput {
  /** As it was named. */
  readonly name: string;
  readonly isPacked: boolean;
  /** The command that reads it from standard input. */
  readonly pipedTo: string | undefined;
}

/**
 * Refuses UTF-16, which some shells write (`>` of Windows PowerShell), by its byte order mark. The two bytes may come one
 * by one.
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
          `${input.name} is UTF-16, not UTF-8. Convert it: ${writeConversion(input)}`,
        );
      }
    }
    yield piece;
  }
}

function writeConversion({ name, isPacked, pipedTo }: EncodedInput): string {
  const isFile = name !== 'standard input' && !/^https?:/i.test(name);
  const convert = 'iconv -f UTF-16 -t UTF-8';
  const steps = [];
  if (name === 'standard input') steps.push('…');
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

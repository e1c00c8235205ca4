import { SnoopDbError } from '../errors.ts';

/**
 * Refuses UTF-16 by its byte order mark; Windows PowerShell's `>` writes it. The two bytes may arrive separately.
 * @throws SnoopDbError `unreadable_input`
 */
export async function* refuseUtf16(name: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first: number | null = null;
  let isKnown = false;
  for await (const piece of pieces) {
    if (!isKnown && piece.length > 0) {
      const second = first === null ? piece[1] : piece[0];
      first ??= piece[0] ?? 0;
      isKnown = second !== undefined;
      if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
        throw new SnoopDbError(
          'unreadable_input',
          `${name} is UTF-16, not UTF-8. Nothing was loaded. Convert it, for example: iconv -f UTF-16 -t UTF-8 FILE | snoop load audit -`,
        );
      }
    }
    yield piece;
  }
}

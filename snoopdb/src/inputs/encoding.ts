import { SnoopDbError } from '../errors.ts';

/**
 * Refuses UTF-16, which some shells write (`>` of Windows PowerShell), by its byte order mark. The two bytes may come one
 * by one.
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
          `${name} is UTF-16, not UTF-8. Nothing of it was loaded. Convert it, for example: iconv -f UTF-16 -t UTF-8 FILE | snoop load audit -`,
        );
      }
    }
    yield piece;
  }
}

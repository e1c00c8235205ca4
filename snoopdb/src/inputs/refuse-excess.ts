/** Of an input, unpacked: a URL or a pipe may have no end. The audit logs of a whole e2e run have some GiB. */
export const maxInputBytes = 64 * 2 ** 30;
/** Up to this size, any ratio is harmless. */
const freeBytes = 2 ** 30;
/** Audit logs have a ratio of up to 60, zeros one of 1,030, and zeros that were packed twice one of 200,000. */
const maxRatio = 500;

/**
 * Ends an input that has no end, or that only fills memory or time: a gzip bomb.
 *
 * @param readRawBytes bytes before unpacking so far
 * @throws Error with the reason
 */
export async function* refuseExcess(pieces: AsyncIterable<Buffer>, readRawBytes: () => number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxInputBytes) throw new Error('it is larger than 64 GiB unpacked');
    if (bytes > freeBytes && bytes > readRawBytes() * maxRatio) {
      throw new Error(`it is larger than 1 GiB unpacked, and more than ${maxRatio} times its size`);
    }
    yield piece;
  }
}

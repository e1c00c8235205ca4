import type { IncomingMessage } from 'node:http';

/**
 * Tells the body of an answer when all of it has come, as it was sent (packed, say). A body that is longer than
 * `maxBytes` or breaks off is not told.
 *
 * It sees what is pushed into the answer and adds no listener: in Node a listener for data would make the body flow,
 * whether or not the client reads it.
 */
export function observeBody(response: IncomingMessage, maxBytes: number, tell: (body: Buffer) => void): void {
  const { push } = response;
  let chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  const observe = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (Buffer.isBuffer(chunk)) {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else chunks = [];
    } else if (chunk === null && !ended) {
      ended = true;
      if (response.complete && bytes <= maxBytes) tell(Buffer.concat(chunks));
      chunks = [];
    }
    return Reflect.apply(push, response, [chunk, ...rest]);
  };
  Object.defineProperty(response, 'push', { value: observe, configurable: true, writable: true });
}

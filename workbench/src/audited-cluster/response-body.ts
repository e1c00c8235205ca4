import type { IncomingMessage } from 'node:http';

/**
 * Passes on a response's body when it is complete, as it was sent (maybe compressed). A body that breaks off is not
 * passed on.
 *
 * It observes `push` and adds no listener: a data listener would make the body flow even if the client does not read
 * it.
 *
 * @param tell called with the body, null if it exceeds `maxBytes`, and its size
 */
export function observeBody(
  response: IncomingMessage,
  maxBytes: number,
  tell: (body: Buffer | null, bytes: number) => void,
): void {
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
      if (response.complete) tell(bytes <= maxBytes ? Buffer.concat(chunks) : null, bytes);
      chunks = [];
    }
    return Reflect.apply(push, response, [chunk, ...rest]);
  };
  Object.defineProperty(response, 'push', { value: observe, configurable: true, writable: true });
}

import { IncomingMessage } from 'node:http';
import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';

/** What becomes of one request, told in this order: answered at most once, closed exactly once. */
export interface RequestFate {
  /** The head of the answer arrived; 101 when the connection was upgraded. */
  answered(status: number, response: IncomingMessage): void;
  /** Nothing more will come: the answer was read to its end, broken off, or there was none. */
  closed(error: Error | null): void;
}

/**
 * Tells what becomes of a request without changing it. It listens beside `emit` instead of adding listeners, because in
 * Node the presence of a listener decides what happens: an answer without a `response` listener is discarded, an
 * upgrade without one is cut, and an `error` without one ends the process.
 */
export function watchRequest(request: ClientRequest, fate: RequestFate): void {
  let lastError: Error | null = null;
  let answered = false;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    fate.closed(lastError);
  };
  const answer = (response: IncomingMessage): void => {
    if (answered) return;
    answered = true;
    fate.answered(response.statusCode ?? 0, response);
  };
  const emit = request.emit;
  const observe = (event: string | symbol, ...args: unknown[]): boolean => {
    const [first, second] = args;
    if ((event === 'response' || event === 'upgrade' || event === 'connect') && first instanceof IncomingMessage) {
      answer(first);
      // An upgraded connection lives on without its answer.
      (second instanceof Socket ? second : first).once('close', close);
    } else if (event === 'error' || event === 'abort') {
      lastError ??= first instanceof Error ? first : new Error('aborted by the client');
    } else if (event === 'close' && !answered) {
      // With an answer, the request closes before its answer has been read, or stays upgraded.
      close();
    }
    return Reflect.apply(emit, request, [event, ...args]);
  };
  Object.defineProperty(request, 'emit', { value: observe, configurable: true, writable: true });
}

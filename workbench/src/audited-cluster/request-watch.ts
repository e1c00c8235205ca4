import { IncomingMessage } from 'node:http';
import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import { observeBody } from './response-body.ts';

/** What becomes of one request, told in this order: answered at most once, closed exactly once. */
export interface RequestObserver {
  /** The head of the answer arrived; 101 when the connection was upgraded. */
  answered(status: number, response: IncomingMessage): void;
  /**
   * Nothing more will come: the answer was read to its end, broken off, or there was none.
   *
   * @param beforeAudit whether it was answered before the audit layer, see {@link watchForStatus}
   */
  closed(error: Error | null, beforeAudit: boolean): void;
}

/**
 * Tells what becomes of a request without changing it. It listens beside `emit` instead of adding listeners, because in
 * Node the presence of a listener decides what happens: an answer without a `response` listener is discarded, an
 * upgrade without one is cut, and an `error` without one ends the process.
 */
export function watchRequest(request: ClientRequest, fate: RequestObserver): void {
  let lastError: Error | null = null;
  let answered = false;
  let closed = false;
  let wasBeforeAudit = (): boolean => false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    fate.closed(lastError, wasBeforeAudit());
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
      if (event === 'response') wasBeforeAudit = watchForStatus(request, first);
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

/** A Status has less; what is longer is not looked at. */
const maxBytes = 64 << 10;

/**
 * Go's HTTP server answers some requests by itself (431, 400 for a path such as `/%zz`, 501, `OPTIONS *`), and so does a
 * gateway before the API server: the audit layer never sees them. Such an answer is a 4xx or 501 without `Audit-Id`, which
 * every answer behind the audit layer carries, and no Kubernetes Status (net/http: serverHandler and conn.serve;
 * Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/filters/audit_init.go).
 *
 * @returns whether the answer is one of these, to be asked when it has been read
 */
function watchForStatus(request: ClientRequest, response: IncomingMessage): () => boolean {
  const { statusCode: status = 0, headers } = response;
  // Who answers an upgrade may write its answer past the audit layer's headers.
  if (headers['audit-id'] !== undefined || request.hasHeader('Upgrade')) return () => false;
  if (request.method === 'OPTIONS' && request.path === '*') return () => status === 200 || isRefusal(status);
  if (!isRefusal(status)) return () => false;
  const type = headers['content-type'] ?? '';
  if (type === '' || type.startsWith('text/')) return () => true;
  // Of what cannot be read here (protobuf, a packed body), nobody knows that it is no Status.
  if (!type.includes('json') || headers['content-encoding'] !== undefined) return () => false;
  let isOther = false;
  observeBody(response, maxBytes, (body) => {
    isOther = !isStatus(body.toString('utf8'));
  });
  return () => isOther;
}

function isRefusal(status: number): boolean {
  return (status >= 400 && status < 500) || status === 501;
}

function isStatus(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
  } catch {
    return false;
  }
}

import { IncomingMessage } from 'node:http';
import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import { observeBody } from './response-body.ts';

/** Receives the events of one request, in this order: answered at most once, closed exactly once. */
export interface RequestObserver {
  /** The head of the response arrived; 101 when the connection was upgraded. */
  answered(status: number, response: IncomingMessage): void;
  /**
   * The request is over: the response ended, was cut off, or never came.
   *
   * @param beforeAudit whether it was answered before the audit layer, see {@link watchForStatus}
   */
  closed(error: Error | null, beforeAudit: boolean): void;
}

/**
 * Observes a request without changing it. It wraps `emit` instead of adding listeners, because listeners change
 * Node's behaviour: without a `response` listener a response is discarded, without an `upgrade` listener an upgrade
 * is cut, and without an `error` listener the process ends.
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
      // An upgraded connection outlives its response.
      (second instanceof Socket ? second : first).once('close', close);
    } else if (event === 'error' || event === 'abort') {
      lastError ??= first instanceof Error ? first : new Error('aborted by the client');
    } else if (event === 'close' && !answered) {
      // If there is a response, the request closes before it has been read, or stays upgraded.
      close();
    }
    return Reflect.apply(emit, request, [event, ...args]);
  };
  Object.defineProperty(request, 'emit', { value: observe, configurable: true, writable: true });
}

/** A Status is smaller; larger bodies are not parsed. */
const maxBytes = 64 << 10;

/**
 * Detects a response that did not pass the audit layer. Go's HTTP server answers some requests by itself (431, 400
 * for a path such as `/%zz`, 501, `OPTIONS *`), and so does a gateway before the API server. Such a response is a 4xx
 * or 501 that has no `Audit-Id` (every response behind the audit layer has one) and is not a Kubernetes Status
 * (net/http: serverHandler and conn.serve; Kubernetes:
 * staging/src/k8s.io/apiserver/pkg/endpoints/filters/audit_init.go).
 *
 * @returns a function to call when the response has been read
 */
function watchForStatus(request: ClientRequest, response: IncomingMessage): () => boolean {
  const { statusCode: status = 0, headers } = response;
  // A handler of an upgrade may bypass the audit layer's headers.
  if (headers['audit-id'] !== undefined || request.hasHeader('Upgrade')) return () => false;
  if (request.method === 'OPTIONS' && request.path === '*') return () => status === 200 || isRefusal(status);
  if (!isRefusal(status)) return () => false;
  const type = headers['content-type'] ?? '';
  if (type === '' || type.startsWith('text/')) return () => true;
  // An unreadable body (protobuf, compressed) may be a Status.
  if (!type.includes('json') || headers['content-encoding'] !== undefined) return () => false;
  let isOther = false;
  observeBody(response, maxBytes, (body) => {
    isOther = body !== null && !isStatus(body.toString('utf8'));
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

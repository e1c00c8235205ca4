import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { maxBodyBytes, recordBody } from '../audited-cluster/recorded-body.ts';
import { canHaveDryRun, maxRequestBytes, readDryRun, watchBody } from '../audited-cluster/request-body.ts';
import { observeBody } from '../audited-cluster/response-body.ts';
import type { WorkerJournal } from '../journal/journal.ts';
import type { BodyLine } from '../journal/journal-lines.ts';

/**
 * Records the body of a request when it is complete.
 *
 * @param on.dryRun called if it requests a dry run, which audit events at level Metadata do not show
 * @param on.unread called with its content type if it may request one and cannot be read
 */
export function recordRequestBody(
  journal: WorkerJournal,
  auditId: string,
  request: ClientRequest,
  on: { readonly dryRun: () => void; readonly unread: (contentType: string) => void },
): void {
  const mayBeDryRun = canHaveDryRun(request);
  watchBody(request, mayBeDryRun ? maxRequestBytes : maxBodyBytes, (body, bytes) => {
    if (mayBeDryRun) {
      const contentType = String(request.getHeader('Content-Type') ?? '');
      const isDryRun = readDryRun(body, { contentType, isEviction: request.method === 'POST' });
      if (isDryRun === true) on.dryRun();
      else if (isDryRun === null) on.unread(contentType || 'larger than 3 MB');
    }
    write(journal, { auditId, direction: 'request' }, request, body, bytes, request.getHeaders());
  });
}

/** Records the body of an answer when it is complete. */
export function recordAnswerBody(
  journal: WorkerJournal,
  auditId: string,
  request: ClientRequest,
  response: IncomingMessage,
): void {
  observeBody(response, maxBodyBytes, (body, bytes) => {
    // Later: the client waits for the end of the answer.
    setImmediate(() => write(journal, { auditId, direction: 'answer' }, request, body, bytes, response.headers));
  });
}

function write(
  journal: WorkerJournal,
  place: Pick<BodyLine, 'auditId' | 'direction'>,
  { path }: ClientRequest,
  body: Buffer | null,
  bytes: number,
  headers: IncomingHttpHeaders | OutgoingHttpHeaders,
): void {
  const [contentType, contentEncoding] = [headers['content-type'], headers['content-encoding']].map((value) =>
    typeof value === 'string' ? value : undefined,
  );
  const recorded = recordBody(body, bytes, { path, contentType, contentEncoding });
  if (recorded !== null) journal.writeBody({ ...place, ...recorded });
}

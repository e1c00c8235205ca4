import type { RunRequestRow } from '../../../src/ui/data/live-model.ts';
import { type ShownRequest, readTime } from '../parts/request-rows.ts';

/** Describes the evidence of a request: what was recorded, and where. */
export function describeEvidence({ events, outcome }: RunRequestRow): string {
  const [deciding] = events.filter(({ decides }) => decides);
  if (deciding !== undefined) return `recorded: ${deciding.stage}, ${deciding.source}`;
  if (outcome === 'no answer') return 'got no answer';
  if (outcome === 'before audit') return 'answered before the audit layer';
  return events.length > 0 ? 'its last stage is not recorded' : 'not recorded';
}

/** Shows a request of a run on a time line. @param group its test and step */
export function showRequest(request: RunRequestRow, group: string | null): ShownRequest {
  const { auditId, method, path, status, endpoint, sentAt, answeredAt, closedAt } = request;
  return {
    key: auditId,
    group,
    request: `${method} ${path}`,
    endpoint,
    answer: status === null ? (request.error ?? '-') : String(status),
    isSuccess: status !== null && ((status >= 200 && status < 300) || status === 101),
    start: readTime(sentAt),
    end: readTime(closedAt ?? answeredAt),
  };
}

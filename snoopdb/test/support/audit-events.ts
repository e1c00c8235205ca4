/** The fields of an audit event that tests set; the rest is filled in. */
export interface EventFields {
  auditID?: string;
  stage?: string;
  verb?: string;
  requestURI?: string;
  userAgent?: string | undefined;
  /** responseStatus.code */
  code?: number;
  [field: string]: unknown;
}

let counted = 0;

/** An audit event as the API server writes it, as JSON. */
export function writeEvent(fields: EventFields = {}): string {
  const { code, ...given } = fields;
  counted += 1;
  return JSON.stringify({
    level: 'Metadata',
    auditID: `00000000-0000-4000-8000-${String(counted).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods?limit=500',
    verb: 'list',
    user: { username: 'admin', groups: ['system:masters'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'live-test-writing -- a test',
    responseStatus: { metadata: {}, code: code ?? 200 },
    requestReceivedTimestamp: '2026-11-21T03:05:01.000000Z',
    stageTimestamp: '2026-11-21T03:05:01.004000Z',
    ...given,
  });
}

/** A body as the API server sends it. */
export function writeBody(events: readonly string[]): Buffer {
  return Buffer.from(
    `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.join(',')}]}\n`,
  );
}

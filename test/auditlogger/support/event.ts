import { randomUUID } from 'node:crypto';

/** A request as the API server writes it down. */
export interface RequestEvent {
  level: string;
  auditID: string;
  stage: string;
  requestURI: string;
  verb: string;
  userAgent: string;
  responseStatus: { metadata: object; code: number };
  [field: string]: unknown;
}

/** An audit event of a live test that lists pods with success, with fields of your own; each has an auditID of its own. */
export function makeEvent(fields: Record<string, unknown> = {}): RequestEvent {
  return {
    level: 'Metadata',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods?limit=500',
    verb: 'list',
    user: { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'live-test-odd -- lists pods',
    objectRef: { resource: 'pods', namespace: 'default', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-08-22T10:00:00.000000Z',
    stageTimestamp: '2026-08-22T10:00:00.004000Z',
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    ...fields,
  };
}

/** A list of these events, byte for byte as they are given. */
export function writeList(events: readonly (string | Buffer | object)[]): Buffer {
  const items = events.flatMap((event, index) => {
    const bytes = Buffer.isBuffer(event)
      ? event
      : Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
    return index === 0 ? [bytes] : [Buffer.from(','), bytes];
  });
  const start = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[';
  return Buffer.concat([Buffer.from(start), ...items, Buffer.from(']}\n')]);
}

/** That many ordinary events in a list. */
export function makeList(events: number, fields: Record<string, unknown> = {}): Buffer {
  return writeList(Array.from({ length: events }, () => makeEvent(fields)));
}

import type { DocumentBody, DocumentRequest, RunDocument } from '@snoop/snoopdb';
import { makeRunDocument } from '../support/made-run.ts';

/** A request of a made run: `POST /api/v1/…`, its status, and its bodies. */
export interface Sent {
  readonly step?: number;
  readonly request: string;
  readonly status?: number;
  readonly body?: unknown;
  readonly answer?: unknown;
  /** In milliseconds after the start. */
  readonly at?: number;
  readonly closedAt?: number;
}

export interface MadeTest {
  readonly name?: string;
  readonly steps?: readonly string[];
  readonly sent: readonly Sent[];
  readonly source?: string;
  readonly hasBodies?: boolean;
}

export const namespace = 'live-made-abc234';

const start = Date.parse('2026-11-30T10:00:00Z');

/** Creates the run document of one test in its own namespace. */
export function makeGinkgoRun({
  name = 'Widget lifecycle',
  steps = [],
  sent,
  source = 'liveTest()',
  hasBodies = true,
}: MadeTest): RunDocument {
  const nameRequest = (index: number): string => `${document.run.id}.1.${index + 1}`;
  const time = (ms: number): string => new Date(start + ms).toISOString();
  const document = makeRunDocument({
    files: [{ file: 'a.live.ts', content: source, omitted: null }],
    tests: [{ name, tries: 1, namespace, owns_namespace: true }],
  });
  const requests = sent.map((one, index): DocumentRequest => {
    const [method = '', uri = ''] = one.request.split(' ');
    const at = time(one.at ?? index * 10);
    const closed = time(one.closedAt ?? (one.at ?? index * 10) + 5);
    return {
      ...{ audit_id: nameRequest(index), test: 1, try: 1, step: one.step ?? null, method, path: uri, request_uri: uri },
      ...{ status: one.status ?? 200, outcome: 'answered', error: null, is_dry_run: false, unread_body: null },
      ...{ client_agent: null, sent_at: at, answered_at: closed, closed_at: closed },
    };
  });
  const bodies = sent.flatMap((one, index) => [
    ...listBody(nameRequest(index), 'request', one.body),
    ...listBody(nameRequest(index), 'answer', one.answer),
  ]);
  return {
    ...document,
    steps: steps.map((title, index) => ({
      ...{ test: 1, step: index + 1, try: 1, name: title, state: 'passed', started_at: null, ended_at: null },
    })),
    requests,
    evidence: [],
    ...(hasBodies && { bodies }),
  };
}

function listBody(id: string, direction: 'request' | 'answer', body: unknown): DocumentBody[] {
  return body === undefined ? [] : [{ audit_id: id, direction, body, bytes: 1, omitted: null }];
}

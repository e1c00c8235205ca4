import { computeDigest, type DocumentEndpoint, type DocumentRequest, type RunDocument } from '@snoop/snoopdb';

export interface MadeRequest {
  readonly method?: string;
  readonly path?: string;
  readonly endpoint: string;
  /** Of the answer; default: 200. */
  readonly code?: number;
  readonly kind?: string;
}

export interface MadeRun {
  readonly files?: RunDocument['files'];
  readonly requests?: readonly MadeRequest[];
  readonly tests?: readonly Partial<RunDocument['tests'][number]>[];
  readonly run?: Partial<RunDocument['run']>;
  /** Fields of all endpoints. */
  readonly endpoint?: Partial<DocumentEndpoint>;
}

const at = '2026-11-30T10:00:00.000Z';
const defaultSource = "import { liveTest } from '@snoop/workbench';\nliveTest('one', async () => {});\n";

/** Creates a run document with its digest: one test, and requests with their events. */
export function makeRunDocument({
  files = [{ file: 'a.live.ts', content: defaultSource, omitted: null }],
  requests = [{ endpoint: 'listCoreV1Namespace' }],
  tests = [{}],
  run = {},
  endpoint = {},
}: MadeRun = {}): RunDocument {
  const { id = '20261130-100000-abcdef' } = run;
  const sent = requests.map(
    ({ method = 'GET', path = '/api/v1/namespaces', code = 200 }, index): DocumentRequest => ({
      ...{ audit_id: `${id}.1.${index + 1}`, test: 1, try: 1, step: null, method, path, request_uri: path },
      ...{ status: code, outcome: 'answered', error: null, is_dry_run: false, unread_body: null, client_agent: null },
      ...{ sent_at: at, answered_at: at, closed_at: at },
    }),
  );
  const names = [...new Set(requests.map((request) => request.endpoint))];
  return withDigest({
    format: 'snoop-run',
    version: 1,
    run: {
      ...{ id, author: 'ada', agent: 'live-test-writing', sources: ['local-1'], state: 'passed' },
      ...{ cluster_version: '1.36.3', cluster_server: 'https://127.0.0.1:6443' },
      ...{ started_at: at, ended_at: at, settled_at: at, command: 'snoop test', snoop_version: '0.1.0' },
      ...{ node_version: '20.20.2', client_version: '1.4.0', git_commit: null, git_dirty: null },
      // Of testing.run; not part of a report.
      ...{ source_probe_id: null, source_probe_digests: [] },
      ...run,
    },
    baseline: {
      ...{ release: '1.36.0', release_date: '2026-04-22', origin: 'a test', incomplete: null },
      ...{ endpoints: 900, tested: 600 },
    },
    coverage_before: [],
    endpoints: names.map((name) => ({
      ...{ useragent: 'live-test-writing', endpoint: name, hit_by_ete: true, hit_by_conformance: true },
      hit_by_new_test: requests.filter((one) => one.endpoint === name && isSuccess(one)).length,
      ...{ sent_by: 'test', level: 'stable', kind: requests.find((one) => one.endpoint === name)?.kind ?? null },
      ...{ path: null, deprecated: false, in_baseline: true, eligible: true, reason: null, link: null },
      ...endpoint,
    })),
    tests: tests.map((test, index) => ({
      ...{ test: index + 1, name: 'one', file: 'a.live.ts', state: 'passed', error: null, tries: 1, namespace: null },
      ...{ owns_namespace: false, started_at: at, ended_at: at },
      ...test,
    })),
    steps: [],
    errors: [],
    requests: sent,
    evidence: sent.map(({ audit_id, status }, index) => ({
      ...{ audit_id, stage: 'ResponseComplete', source: 'local-1', verb: 'get', code: status, reason: null },
      ...{ endpoint: requests[index]?.endpoint ?? null, ambiguous: null, is_dry_run: false },
      ...{ is_hit: isSuccess(requests[index]), decides: true, seen_at: at },
    })),
    other_events: [],
    files,
  });
}

/** Replaces the digest of a changed document, as a forger would. */
export function withDigest(document: Omit<RunDocument, 'sha256'>): RunDocument {
  const { sha256: _, ...rest } = document as RunDocument;
  return { ...rest, sha256: computeDigest(rest) };
}

function isSuccess(request: MadeRequest | undefined): boolean {
  return (request?.code ?? 200) < 300;
}

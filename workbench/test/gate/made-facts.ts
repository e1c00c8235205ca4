import type {
  ConformanceTest,
  GateDocument,
  GateEndpoint,
  GateFacts,
  GateHits,
  GateList,
  HitEndpoint,
  SourceFacts,
  SourceRole,
} from '../../src/gate/facts.ts';

/** Made-up facts: 1.37.0 against 1.36.0, with two hit endpoints of ConfigMap and one new one of Widget. */
export function makeFacts(changes: Partial<GateFacts> = {}): GateFacts {
  const old = [makeEndpoint('GET', configMaps), makeEndpoint('POST', configMaps)];
  return {
    current: makeDocument('1.37.0', [...old, makeEndpoint('GET', widgets)]),
    previous: { ...makeDocument('1.36.0', old, 'previous document') },
    conformance: makeList('conformance tests', [makeTest('ConfigMap', '1.36.0')]),
    ineligible: makeList('ineligible', []),
    pending: makeList('pending', []),
    hits: [makeHits([hitBy('GET', configMaps, 'ConfigMap'), hitBy('POST', configMaps, 'ConfigMap')])],
    firstReleases: {},
    now: '2026-08-20T12:00:00Z',
    ...changes,
  };
}

export const configMaps = '/api/v1/namespaces/{namespace}/configmaps';
export const widgets = '/apis/things.k8s.io/v1/namespaces/{namespace}/widgets';
export const commit = 'abcdef0123456789abcdef0123456789abcdef01';

export function makeSource(role: SourceRole, changes: Partial<SourceFacts> = {}): SourceFacts {
  return {
    role,
    name: `the ${role}`,
    digest: null,
    bytes: null,
    count: null,
    release: null,
    releaseFrom: null,
    date: null,
    dateFrom: null,
    commit: null,
    commitFrom: null,
    problems: [],
    notes: [],
    ...changes,
  };
}

/** An endpoint as the documents of Kubernetes have it; its name is its method and path without punctuation. */
export function makeEndpoint(method: string, path: string, changes: Partial<GateEndpoint> = {}): GateEndpoint {
  const [, group = '', version = 'v1', resource] =
    /^\/apis?\/(?:([^/]+\.[^/]+)\/)?(v\w+)\/(?:.*\/)?([a-z]+)(?:\/\{\w+\})?$/.exec(path) ?? [];
  return {
    endpoint: nameOf(method, path),
    method,
    path,
    level: /alpha/.test(path) ? 'alpha' : /beta/.test(path) ? 'beta' : 'stable',
    deprecated: false,
    category: 'things',
    group: resource === undefined ? null : group,
    version: resource === undefined ? null : version,
    kind: resource === undefined ? null : (kinds[resource] ?? resource),
    action: null,
    ...changes,
  };
}

const kinds: Readonly<Record<string, string>> = { configmaps: 'ConfigMap', widgets: 'Widget', gadgets: 'Gadget' };

export function nameOf(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;
}

export function makeDocument(
  release: string | null,
  endpoints: readonly GateEndpoint[],
  role: SourceRole = 'document',
): GateDocument {
  return { source: makeSource(role, { release }), endpoints, isAncestor: false };
}

export function makeList<T>(role: SourceRole, entries: readonly T[]): GateList<T> {
  return { source: makeSource(role), entries, added: [], removed: [] };
}

export function makeTest(
  what: string,
  promotedIn: string | null,
  changes: Partial<ConformanceTest> = {},
): ConformanceTest {
  return {
    codename: codenameOf(what),
    file: `test/e2e/${what.toLowerCase()}.go`,
    promotedIn,
    line: 1,
    added: null,
    ...changes,
  };
}

export function codenameOf(what: string): string {
  return `[sig-apps] ${what} should work [Conformance]`;
}

/** An endpoint hit by a conformance test. */
export function hitBy(method: string, path: string, what: string): HitEndpoint {
  return { endpoint: nameOf(method, path), tests: [codenameOf(what)], tested: true, confTested: true };
}

export function makeHits(endpoints: readonly HitEndpoint[], changes: Partial<GateHits> = {}): GateHits {
  return {
    source: makeSource('hits', { release: '1.37.0', date: '2026-08-19T00:00:00Z' }),
    endpoints,
    unknown: [],
    undecided: [],
    tests: [...new Set(endpoints.flatMap(({ tests }) => tests))].sort(),
    incomplete: [],
    ...changes,
  };
}

/** Facts whose hits are a whole run of the current commit. */
export function ofThisCommit(facts: GateFacts): GateFacts {
  const mark = <T extends { readonly source: SourceFacts }>(one: T): T => ({
    ...one,
    source: { ...one.source, commit },
  });
  return { ...facts, current: mark(facts.current), hits: facts.hits.map(mark) };
}

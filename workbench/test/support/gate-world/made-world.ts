import { makeDocument, type MadeDocument, type MadeKind, type MadeOperation } from './made-document.ts';

/** An endpoint of a made document. */
export interface MadeEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly operation: MadeOperation;
}

export interface MadeTest {
  codename: string;
  testname: string;
  release: string;
  file: string;
}

/** Everything that a gate reads, to be changed by a test before it is written. */
export interface World {
  current: MadeDocument;
  previous: MadeDocument;
  conformance: MadeTest[];
  ineligible: { endpoint: string; reason: string; link: string }[];
  pending: string[];
  /** Tests and the endpoints that they hit. */
  hits: Map<string, string[]>;
  /** The release of the current document and its run. */
  release: string;
  /** When the run ended, ISO 8601. */
  date: string;
}

const old: readonly MadeKind[] = [
  { group: '', version: 'v1', kind: 'Pod', plural: 'pods' },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets' },
  { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' },
  { group: 'apps', version: 'v1beta2', kind: 'Deployment', plural: 'deployments' },
  { group: 'storage.k8s.io', version: 'v1', kind: 'Driver', plural: 'drivers' },
];

/** A kind that is stable since the current release. */
export const widget: MadeKind = { group: 'things.k8s.io', version: 'v1', kind: 'Widget', plural: 'widgets' };
/** The only kind of a group with alpha versions only. */
export const early: MadeKind = { group: 'early.k8s.io', version: 'v1alpha1', kind: 'Idea', plural: 'ideas' };

/** A new endpoint that the list has as ineligible, and one that is pending. */
export const ineligible = 'createThingsV1NamespacedGadget';
export const pending = 'listThingsV1NamespacedGadget';

const gadgetPath = '/apis/things.k8s.io/v1/namespaces/{namespace}/gadgets';

export const conformanceTest = (name: string): string => `[sig-apps] ${name} should work [Conformance]`;

/**
 * Creates a world in which nothing is missing: 1.37 has a new stable kind, all of it tested, a group with alpha
 * versions only, an ineligible and a pending endpoint.
 */
export function makeWorld(now = new Date()): World {
  const current = makeDocument([...old, widget, early]);
  current.paths[gadgetPath] = {
    get: { ...makeGadgetOperation('list', pending) },
    post: { ...makeGadgetOperation('post', ineligible) },
  };
  const previous = makeDocument([...old, { ...widget, version: 'v1beta1' }]);
  const hits = new Map<string, string[]>();
  for (const { endpoint, path, operation } of listEndpoints(current)) {
    if (endpoint === pending || endpoint === ineligible) continue;
    if (path.includes('/watch/') || /alpha|beta/.test(path) || path === '/apis/early.k8s.io/') continue;
    const kind = operation['x-kubernetes-group-version-kind']?.kind ?? 'Discovery';
    // Two kinds have one test for all of their endpoints.
    const test = conformanceTest(kind === 'Widget' || kind === 'Secret' ? kind : `${kind} ${endpoint}`);
    hits.set(test, [...(hits.get(test) ?? []), endpoint]);
  }
  const conformance = [...hits.keys()].map((codename) => ({
    codename,
    testname: codename.slice(0, 40),
    release: codename.includes('Widget') ? 'v1.37' : 'v1.9, v1.19',
    file: 'test/e2e/apps/made.go',
  }));
  // Another test hits some of the same endpoints, and beta ones, but it is not a conformance test.
  hits.set('[sig-apps] Deployment of beta', [
    'createAppsV1NamespacedDeployment',
    'createAppsV1beta2NamespacedDeployment',
  ]);
  return {
    current,
    previous,
    conformance,
    ineligible: [{ endpoint: ineligible, reason: 'optional feature', link: 'https://example.org/1' }],
    pending: [pending],
    hits,
    release: '1.37.0',
    date: new Date(now.getTime() - 3_600_000).toISOString(),
  };
}

function makeGadgetOperation(action: string, operationId: string): MadeOperation {
  return {
    operationId,
    tags: ['things_v1'],
    description: `${action} a Gadget`,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: 'things.k8s.io', version: 'v1', kind: 'Gadget' },
  };
}

/** All operations of a document, deprecated ones too. */
export function listEndpoints(document: MadeDocument): MadeEndpoint[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      endpoint: operation.operationId ?? `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** Removes an operation. */
export function removeEndpoint(document: MadeDocument, name: string): void {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation.operationId === name) delete item[method];
    }
    if (Object.keys(item).length === 0) delete document.paths[path];
  }
}

/** Adds a listed conformance test. */
export function addTest(world: World, codename: string, endpoints: readonly string[]): void {
  world.hits.set(codename, [...endpoints]);
  world.conformance.push({ codename, testname: codename, release: 'v1.37', file: 'test/e2e/apps/made.go' });
}

/** Removes an endpoint from all tests that hit it. */
export function removeHit(world: World, endpoint: string): void {
  for (const [test, endpoints] of world.hits)
    world.hits.set(
      test,
      endpoints.filter((one) => one !== endpoint),
    );
}

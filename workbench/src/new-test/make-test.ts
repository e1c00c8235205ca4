import { loadClientMethods, loadClientModels } from '../audited-cluster/client-call.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { fetchApiDocument } from './api-document.ts';
import type { ApiDocument } from './api-document.ts';
import { isFields, mergeDrafts, objectLabel, objectName, testNamespace } from './draft.ts';
import type { Draft, TestNames } from './draft.ts';
import { asList, asRecord } from './json.ts';
import { findKnownNeed, usualNames } from './known-needs.ts';
import { sortEndpoints } from './lifecycle.ts';
import type { ResourceEndpoints } from './lifecycle.ts';
import { repairBody } from './repair-body.ts';
import { createSmallest } from './schema-body.ts';
import { formatApiVersion, formatCollectionPath } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import type { Nodes } from './step.ts';
import { writeTest } from './write-test.ts';
import type { TestToWrite, WrittenTest } from './write-test.ts';

/** A written test, and what the server did not accept. */
export interface MadeTest extends WrittenTest {
  /** The server's sentences about the body; empty: it is accepted. */
  readonly sentences: readonly string[];
}

export interface TestRequest extends Pick<TestToWrite, 'heading' | 'findMark' | 'untestedOnly'> {
  readonly access: ClusterAccess;
  readonly served: readonly ServedKind[];
  /** A resource or subresource. */
  readonly kind: ServedKind;
  /** Where bodies of namespaced kinds are tried. */
  readonly namespace: string;
}

/** Makes a live test of a kind: reads the cluster's documents, finds a body that the server accepts, and writes it. */
export async function makeTest(request: TestRequest): Promise<MadeTest> {
  const { access, served, kind: requested } = request;
  const kind = requested.subresource === null ? requested : findResource(served, requested);
  const [document, nodes, hasMethod, findFields] = await Promise.all([
    fetchApiDocument(access, kind.path),
    findNodes(access),
    loadClientMethods(),
    loadClientModels(),
  ]);
  const endpoints = sortEndpoints(kind, document.operations);
  const tried = endpoints.roles.create === undefined ? null : await tryBody(request, kind, document, endpoints);
  const sentences = tried?.open ?? [];
  const written = writeTest({
    ...request,
    kind,
    subresource: requested.subresource === null ? null : requested,
    subresources: served.filter((one) => one.subresource !== null && isSameResource(one, kind)),
    endpoints,
    document,
    body: tried?.body ?? null,
    sentences,
    nodes,
    hasMethod,
    findFields,
  });
  return { ...written, sentences };
}

function isSameResource(left: ServedKind, right: ServedKind): boolean {
  return (
    left.resource === right.resource && left.path.group === right.path.group && left.path.version === right.path.version
  );
}

function findResource(served: readonly ServedKind[], sub: ServedKind): ServedKind {
  return served.find((one) => one.subresource === null && isSameResource(one, sub)) ?? sub;
}

async function tryBody(
  { access, namespace }: TestRequest,
  kind: ServedKind,
  document: ApiDocument,
  { roles }: ResourceEndpoints,
): Promise<{ body: Draft; open: readonly string[] }> {
  const schema = document.findSchema(kind);
  const need = findKnownNeed(kind);
  const known = typeof need?.body === 'function' ? await need.body() : (need?.body ?? {});
  const label = 'live-test-0';
  const names: TestNames = { label, name: '', namespace };
  const first = (need?.names ?? usualNames).first.evaluate(names);
  const own = mergeDrafts(schema === null ? {} : createSmallest(document, schema), known);
  const { apiVersion: _version, kind: _kind, metadata: named, ...rest } = isFields(own) ? own : {};
  const body: Draft = {
    apiVersion: formatApiVersion(kind),
    kind: kind.kind,
    ...createMetadata(kind, roles, named),
    ...rest,
  };
  if (schema === null) return { body, open: ['the cluster publishes no schema of this kind'] };
  if (need?.isUntried === true) return { body, open: [] };
  const path = formatCollectionPath(kind, encodeURIComponent(namespace));
  const tried = { path, names: { ...names, name: String(first) }, document, schema, body };
  return repairBody(access, tried);
}

/** Reviews are not stored: the server wants no name and no label for them. */
function createMetadata(
  kind: ServedKind,
  { get }: ResourceEndpoints['roles'],
  known: Draft | undefined,
): Record<string, Draft> {
  if (get === undefined) return known === undefined || isEmptyObject(known) ? {} : { metadata: known };
  const place = kind.namespaced ? { namespace: testNamespace } : {};
  return { metadata: { name: objectName, ...place, labels: { 'live-test': objectLabel } } };
}

function isEmptyObject(value: Draft): boolean {
  return isFields(value) && Object.keys(value).length === 0;
}

/** Of a cluster with more nodes, these are enough to find one that is ready. */
const maxNodes = 50;

/** The nodes on which Pods can run, as `snoop up --nodes` and real ones. */
async function findNodes(access: ClusterAccess): Promise<Nodes> {
  const path = `/api/v1/nodes?limit=${maxNodes}`;
  const answer = await sendRaw(access, { path, maxBytes: 16 << 20, timeoutMs: 10_000 });
  if (answer.status !== 200) return 'none';
  const ready = asList(asRecord(answer.json()).items).map(asRecord).filter(canRunPods);
  if (ready.length === 0) return 'none';
  const isSimulated = ({ metadata }: Record<string, unknown>): boolean =>
    asRecord(asRecord(metadata).labels)['snoop/node'] === 'simulated';
  return ready.some(isSimulated) ? 'simulated' : 'real';
}

function canRunPods({ spec, status }: Record<string, unknown>): boolean {
  const isReady = asList(asRecord(status).conditions).some((condition) => {
    const { type, status: is } = asRecord(condition);
    return type === 'Ready' && is === 'True';
  });
  return isReady && asRecord(spec).unschedulable !== true;
}

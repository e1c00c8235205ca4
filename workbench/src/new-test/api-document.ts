import { parseBoundedJson } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import { asList, asRecord, asText } from './json.ts';
import { formatVersionPath } from './served-kinds.ts';
import type { GroupVersionKind, ServedKind } from './served-kinds.ts';

/** An endpoint of a group version. */
export interface Operation {
  /** The operationId. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
}

/** A schema of an OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;

/** A field that a resolved schema gets: the last part of its name, as `Quantity`. */
export const schemaName = 'x-snoop-name';

/** The endpoints and schemas of a group version. */
export interface ApiDocument {
  /** Without the deprecated `/watch/` ones. */
  readonly operations: readonly Operation[];
  /** Follows `$ref` and a single `allOf`; an unknown schema is empty. */
  resolve(schema: unknown): Schema;
  /** The schema of a kind; null: the document has none. */
  findSchema(kind: GroupVersionKind): Schema | null;
}

/** The document of one group version has at most a few MB. */
const maxBytes = 32 << 20;
const timeoutMs = 20_000;

/** References that lead to each other end here. */
const maxReferences = 16;

const methods = new Set(['get', 'put', 'post', 'delete', 'patch', 'options', 'head']);

/**
 * Fetches the OpenAPI v3 document of a group version; from a server without v3 (before Kubernetes 1.24), the v2
 * document of all.
 *
 * @throws SnoopError `no_answer`, `no_document`
 */
export async function fetchApiDocument(access: ClusterAccess, version: ServedKind['path']): Promise<ApiDocument> {
  const path = `/openapi/v3${formatVersionPath(version)}`;
  const headers = { Accept: 'application/json' };
  const answer = await sendRaw(access, { path, headers, maxBytes, timeoutMs });
  if (answer.status === 200) return readApiDocument(parseBoundedJson(`The cluster's ${path}`, answer.body));
  if (answer.status !== 404 && answer.status !== 406) {
    throw new SnoopError('no_document', `The cluster answered ${answer.status} to GET ${path}.`);
  }
  return readApiDocument((await fetchDocument(access, null, { timeoutMs }))?.document);
}

/** Lists the endpoints of a whole cluster, from its v2 document. */
export async function fetchOperations(access: ClusterAccess): Promise<readonly Operation[]> {
  return readApiDocument((await fetchDocument(access, null, { timeoutMs }))?.document).operations;
}

/** Reads a document of OpenAPI v2 or v3. */
export function readApiDocument(document: unknown): ApiDocument {
  const { paths, components, definitions } = asRecord(document);
  const schemas = asRecord(components === undefined ? definitions : asRecord(components).schemas);
  const resolve = (schema: unknown): Schema => {
    let found = asRecord(schema);
    for (let count = 0; count < maxReferences; count += 1) {
      const reference = asText(found.$ref) || asText(asRecord(onlyOne(found.allOf)).$ref);
      if (reference === '') return found;
      const { allOf: _allOf, $ref: _ref, ...own } = found;
      const name = reference.split('/').at(-1) ?? '';
      found = { ...asRecord(schemas[name]), [schemaName]: name.split('.').at(-1) ?? '', ...own };
    }
    return found;
  };
  return {
    operations: listOperations(asRecord(paths)),
    resolve,
    findSchema: (kind) =>
      Object.values(schemas)
        .map(asRecord)
        .find((schema) => isOfKind(schema, kind)) ?? null,
  };
}

function onlyOne(list: unknown): unknown {
  const all = asList(list);
  return all.length === 1 ? all[0] : undefined;
}

/** Names and paths become code of the written test; endpoints with others are left out. */
const safeName = /^[\w.-]{1,300}$/;
const safePath = /^[\w./{}~%:+-]{1,1000}$/;

function listOperations(paths: Record<string, unknown>): Operation[] {
  return Object.entries(paths)
    .filter(([path]) => !path.includes('/watch/'))
    .flatMap(([path, item]) =>
      Object.entries(asRecord(item)).flatMap(([method, operation]) => {
        const endpoint = asText(asRecord(operation).operationId);
        return methods.has(method) && safeName.test(endpoint) && safePath.test(path)
          ? [{ endpoint, method: method.toUpperCase(), path }]
          : [];
      }),
    );
}

function isOfKind(schema: Schema, { group, version, kind }: GroupVersionKind): boolean {
  return asList(schema['x-kubernetes-group-version-kind']).some((entry) => {
    const one = asRecord(entry);
    return one.kind === kind && one.version === version && asText(one.group) === group;
  });
}

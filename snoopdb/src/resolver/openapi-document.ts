import { SnoopDbError } from '../errors.ts';
import { isDeprecated } from '../rules/deprecated.ts';
import { createLevelRule, type FindLevel, type Level } from '../rules/level.ts';
import { toStorableText } from '../storable-text.ts';
import { maxPathSegments, splitPath } from './path-segments.ts';

export interface Operation {
  /** The operationId, or the name by method and path. */
  endpoint: string;
  /** In upper case. */
  method: string;
  path: string;
  level: Level;
  category: string;
  group: string | null;
  version: string | null;
  kind: string | null;
  action: string | null;
  deprecated: boolean;
  description: string | null;
}

export interface ReadOperations {
  /** In the order of the document. */
  operations: Operation[];
  /** Operations without an operationId; named by method and path: `GET /api/v1/pods`. */
  withoutId: number;
  /** Operations with the operationId of an earlier one. */
  repeatedId: number;
  /** Operations with several tags; the first is the category. */
  severalTags: number;
  /** Operations without a tag; the category comes from the path. */
  withoutTag: number;
  /** Paths and operations that are not objects, and paths that are too long or have too many segments. */
  unreadable: number;
}

/** Kubernetes has 1,100, a cluster with a thousand custom resources some 20,000. */
const maxOperations = 200_000;

/** In characters; most proxies refuse requests with longer paths. */
const maxPathLength = 8192;

const methods = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options']);
const coreVersion = /^\/api\/v\d[^/]*(?:\/|$)/;

/**
 * Reads the operations of an OpenAPI v2 document: the swagger.json of a release, or a cluster's own.
 *
 * The version in a path gives the level; a group's discovery endpoint has the level of the group's best version. Paths
 * with `/watch/` and operations described as deprecated are deprecated. {@link ReadOperations} counts what is odd.
 * @param name of the document, for errors
 * @throws SnoopDbError `bad_document`
 */
export function readOperations(document: unknown, name = 'This'): ReadOperations {
  const paths = isRecord(document) ? document.paths : undefined;
  if (!isRecord(paths)) {
    throw new SnoopDbError(
      'bad_document',
      `${name} is not an OpenAPI document: it has no "paths". Give a swagger.json.`,
    );
  }
  const findLevel = createLevelRule(Object.keys(paths));
  const read: ReadOperations = {
    operations: [],
    withoutId: 0,
    repeatedId: 0,
    severalTags: 0,
    withoutTag: 0,
    unreadable: 0,
  };
  const names = new Set<string>();
  for (const [path, item] of Object.entries(paths)) {
    if (
      !isRecord(item) ||
      path.length > maxPathLength ||
      splitPath(path, maxPathSegments + 1).length > maxPathSegments
    ) {
      read.unreadable += 1;
      continue;
    }
    for (const [method, operation] of Object.entries(item)) {
      if (!methods.has(method)) continue;
      if (!isRecord(operation)) {
        read.unreadable += 1;
        continue;
      }
      const id = readText(operation.operationId);
      if (!id) read.withoutId += 1;
      const endpoint = id || generateName(method, toStorableText(path));
      if (names.has(endpoint)) read.repeatedId += 1;
      names.add(endpoint);
      const tags = Array.isArray(operation.tags) ? operation.tags.filter((tag) => typeof tag === 'string') : [];
      if (tags.length > 1) read.severalTags += 1;
      if (tags.length === 0) read.withoutTag += 1;
      const known = { endpoint, method, path: toStorableText(path), tag: readText(tags[0]) };
      if (read.operations.length === maxOperations) {
        throw new SnoopDbError(
          'bad_document',
          `${name} has more than ${maxOperations} operations. Give the OpenAPI document of a Kubernetes API.`,
        );
      }
      read.operations.push(createOperation({ ...known, operation, findLevel }));
    }
  }
  return read;
}

/** The name of an operation without an operationId. */
export function generateName(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

/** Whether {@link generateName} created a name. */
export function isGeneratedName(endpoint: string): boolean {
  return /^[A-Z]+ \//.test(endpoint);
}

interface OperationInput {
  endpoint: string;
  method: string;
  path: string;
  tag: string | null;
  operation: Record<string, unknown>;
  findLevel: FindLevel;
}

function createOperation({ endpoint, method, path, tag, operation, findLevel }: OperationInput): Operation {
  const kind = operation['x-kubernetes-group-version-kind'];
  const gvk = isRecord(kind) ? kind : {};
  const description = readText(operation.description);
  return {
    endpoint,
    method: method.toUpperCase(),
    path,
    level: findLevel(endpoint, path),
    category: findCategory(tag, path),
    group: readText(gvk.group),
    version: readText(gvk.version),
    kind: readText(gvk.kind),
    action: readText(operation['x-kubernetes-action']),
    deprecated: isDeprecated(path, description),
    description,
  };
}

/** `apps_v1` is the category `apps`. Without a tag: the group's first word, or the path's first segment. */
function findCategory(tag: string | null, path: string): string {
  if (tag) return tag.replace(/_v\d[^_]*$/, '');
  if (coreVersion.test(path)) return 'core';
  const group = /^\/apis\/([^/.]+)/.exec(path)?.[1];
  return group ?? path.split('/').find(Boolean) ?? '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? toStorableText(value) : null;
}

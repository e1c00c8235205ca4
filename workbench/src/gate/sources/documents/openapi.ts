import {
  dropDuplicates,
  nameEndpoints,
  type Operation,
  readJsonDocument,
  readOperations,
  type ReadOperations,
  readRelease,
} from '@snoop/snoopdb';
import type { GateEndpoint } from '../../facts.ts';
import type { Content, ContentFile } from '../contents/content.ts';
import { createMemoryInput } from '../contents/memory-input.ts';
import { SourceProblem } from '../contents/source-problem.ts';
import { createCrdDocument, readManifests } from './crds.ts';

/** A document that was read. */
export interface ReadDocument {
  readonly endpoints: readonly GateEndpoint[];
  /** `info.version`, X.Y.Z, if it is a release. */
  readonly version: string | null;
  readonly notes: readonly string[];
}

/**
 * Reads an OpenAPI v2 document in JSON, or the endpoints of CRD manifests.
 *
 * @throws SourceProblem, SnoopDbError `bad_document`
 */
export async function readDocument(content: Content, signal: AbortSignal): Promise<ReadDocument> {
  const [file] = content.files;
  if (file === undefined) throw new SourceProblem(`${content.name} has no file. Give a swagger.json.`);
  if (content.files.length > 1 || !/^\s*\{/.test(startOf(file))) return readCrds(content);
  const { value } = await readJsonDocument(createMemoryInput(file.name, file.bytes), { signal });
  return isManifest(value) ? readCrds(content) : readOpenapi(value, content.name);
}

function readCrds(content: Content): ReadDocument {
  for (const file of content.files) refuseOther(file);
  const manifests = content.files.flatMap((file) => readManifests(file));
  const { document, notes } = createCrdDocument(content.name, manifests);
  return { ...readOpenapi(document, content.name), version: null, notes };
}

function readOpenapi(document: unknown, name: string): ReadDocument {
  const fields = isRecord(document) ? document : {};
  if (typeof fields.openapi === 'string') {
    throw new SourceProblem(
      `${name} is OpenAPI ${fields.openapi.slice(0, 20)}, which describes one group. Give version 2: kubectl get --raw /openapi/v2`,
    );
  }
  const read = readOperations(document, name);
  if (read.operations.length === 0) {
    throw new SourceProblem(`${name} has no operation. Give a whole swagger.json.`);
  }
  const unreadable = read.unreadable + countUnknownKeys(fields.paths);
  if (unreadable > 0) {
    throw new SourceProblem(
      `${name} has paths or operations that cannot be read: ${unreadable}. An endpoint could be hidden there, so get the document again.`,
    );
  }
  const operations = dropDuplicates(nameEndpoints(read.operations));
  const info = isRecord(fields.info) ? fields.info.version : undefined;
  return {
    endpoints: operations.map(toEndpoint),
    version: typeof info === 'string' ? readRelease(info) : null,
    notes: listOddities(read, operations),
  };
}

/** What the gate is told about an operation. */
export function toEndpoint(operation: Operation): GateEndpoint {
  const { endpoint, method, path, level, deprecated, category, group, version, kind, action } = operation;
  return { endpoint, method, path, level, deprecated, category, group, version, kind, action };
}

function listOddities(read: ReadOperations, named: readonly Operation[]): string[] {
  const byPath = named.filter(({ endpoint }) => /^[A-Z]+ \//.test(endpoint)).length;
  const counted: [number, string][] = [
    [read.withoutId, 'without an operationId: named by method and path'],
    [byPath - read.withoutId, 'with the operationId of another one: named by method and path'],
    [read.operations.length - named.length, 'with the method and path of another one: skipped'],
    [read.severalTags, 'with several tags: in the category of the first'],
    [read.withoutTag, 'without a tag: in a category from the path'],
  ];
  return counted.filter(([count]) => count > 0).map(([count, what]) => `Operations ${what}: ${count}.`);
}

/** What a path of OpenAPI v2 may have (OAI/OpenAPI-Specification, versions/2.0.md, Path Item Object). */
const pathKey = /^(?:get|put|post|delete|options|head|patch|parameters|\$ref|x-.*)$/;

/** A misspelt method would hide its endpoint. */
function countUnknownKeys(paths: unknown): number {
  const items = isRecord(paths) ? Object.values(paths).filter(isRecord) : [];
  return items.reduce((sum, item) => sum + Object.keys(item).filter((key) => !pathKey.test(key)).length, 0);
}

function refuseOther(file: ContentFile): void {
  const start = startOf(file);
  if (start.trim() === '') throw new SourceProblem(`${file.name} is empty. Give a swagger.json.`);
  if (/^\s*</.test(start)) {
    throw new SourceProblem(`${file.name} is HTML or XML, not an OpenAPI document. Give the raw file's URL.`);
  }
}

function startOf({ bytes }: ContentFile): string {
  return bytes
    .subarray(0, 4096)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function isManifest(value: unknown): boolean {
  return isRecord(value) && typeof value.kind === 'string' && typeof value.apiVersion === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createHash } from 'node:crypto';
import { FAILSAFE_SCHEMA, loadAll } from 'js-yaml';
import { SnoopDbError, toError } from '../errors.ts';
import { toStorableText } from '../storable-text.ts';
import { type LoadInput, readInput } from './input.ts';
import { findExceededLimit } from './json-limits.ts';
import { findRepeatedKey } from './repeated-key.ts';

/** A document in memory, and the facts of its file. */
export interface ReadDocument {
  /** As the user named it. */
  name: string;
  value: unknown;
  /** Unpacked. */
  bytes: number;
  sha256: string;
}

export interface DocumentOptions {
  signal?: AbortSignal;
}

// A swagger.json of Kubernetes has 4 MB, one with hundreds of custom resources 40 MB, a published coverage 5 MB.
const maxJsonBytes = 64 << 20;
// conformance.yaml has 0.3 MB.
const maxListBytes = 8 << 20;
/** A hand-written list may use a few aliases; a YAML bomb has thousands. */
const maxAliases = 20;

/**
 * Reads a JSON document, plain or gzipped. A repeated key is an error: JSON.parse would drop the first value.
 * @throws SnoopDbError `bad_document`; `unreadable_input`, also above 64 MiB
 */
export async function readJsonDocument(input: LoadInput, options: DocumentOptions): Promise<ReadDocument> {
  const { text, ...about } = await readText(input, maxJsonBytes, options);
  return { ...about, value: parseJson(input.name, text) };
}

/**
 * Reads a YAML or JSON list. Every scalar of YAML is a text, so that 1.30 is not 1.3. An empty document is null.
 * @throws SnoopDbError `bad_document`; `unreadable_input`, also above 8 MiB
 */
export async function readListDocument(input: LoadInput, options: DocumentOptions): Promise<ReadDocument> {
  const { text, ...about } = await readText(input, maxListBytes, options);
  return { ...about, value: parseList(input.name, text) };
}

async function readText(
  input: LoadInput,
  maxBytes: number,
  { signal }: DocumentOptions,
): Promise<Omit<ReadDocument, 'value'> & { text: string }> {
  const bytes = await readInput(input, { maxBytes, ...(signal && { signal }) });
  signal?.throwIfAborted();
  const about = { name: input.name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  try {
    return { ...about, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new SnoopDbError('bad_document', `${input.name} is not UTF-8 text. Give a JSON or YAML document.`, {
      cause: error,
    });
  }
}

/**
 * Parses untrusted JSON within bounds: a few megabytes of brackets would take gigabytes of memory.
 * @throws SnoopDbError `bad_document`
 */
export function parseBoundedJson(name: string, text: string): unknown {
  const excess = findExceededLimit(text);
  if (excess !== null) {
    throw new SnoopDbError('bad_document', `${name} is not a document of the expected kind: ${excess}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SnoopDbError('bad_document', `${name} is not JSON: ${explain(error)}`, { cause: error });
  }
}

function parseJson(name: string, text: string): unknown {
  const value = parseBoundedJson(name, text);
  const repeated = findRepeatedKey(text);
  if (repeated === null) return value;
  throw new SnoopDbError(
    'bad_document',
    `${name} has the key "${toStorableText(repeated).slice(0, 100)}" twice in one object. Remove one of them.`,
  );
}

function parseList(name: string, text: string): unknown {
  // JSON is parsed as JSON, since YAML refuses tabs and long lines. The YAML parser rejects what exceeds a limit.
  if (/^\s*[[{"]/.test(text) && findExceededLimit(text) === null && isJson(text)) return parseJson(name, text);
  return parseYaml(name, text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseYaml(name: string, text: string): unknown {
  let documents: unknown[];
  try {
    documents = loadAll(text, { schema: FAILSAFE_SCHEMA, maxAliases, maxDepth: 20 });
  } catch (error) {
    throw new SnoopDbError('bad_document', `${name} is neither YAML nor JSON: ${explain(error)}`, {
      cause: error,
    });
  }
  if (documents.length > 1) {
    throw new SnoopDbError('bad_document', `${name} has ${documents.length} YAML documents. Give one.`);
  }
  const value = documents[0];
  return value === undefined || value === '' || value === 'null' || value === '~' ? null : value;
}

/** The first line of a parser's error; the others quote the document. */
function explain(error: unknown): string {
  const line = toStorableText(toError(error).message.split('\n')[0] ?? '').slice(0, 200);
  return line.replace(/\.*$/, '.');
}

import { createHash } from 'node:crypto';
import { FAILSAFE_SCHEMA, loadAll } from 'js-yaml';
import { SnoopDbError, toError } from '../errors.ts';
import { makeStorable } from '../storable-text.ts';
import { type LoadInput, readInput } from './input.ts';
import { findExcess } from './json-shape.ts';
import { findRepeatedKey } from './repeated-key.ts';

/** A whole document in memory, and what is remembered of its file. */
export interface ReadDocument {
  /** As the person named it. */
  name: string;
  value: unknown;
  /** Of the unpacked document. */
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
/** A list that is written by hand may name a thing once and use it again; a bomb is made of thousands. */
const maxAliases = 20;

/**
 * Reads a JSON document, plain or gzipped. One that names a key twice is refused: JSON.parse would drop the first.
 * @throws SnoopDbError `bad_document`; `unreadable_input`, also for what is larger than 64 MiB
 */
export async function readJsonDocument(input: LoadInput, options: DocumentOptions): Promise<ReadDocument> {
  const { text, ...about } = await readText(input, maxJsonBytes, options);
  return { ...about, value: parseJson(input.name, text) };
}

/**
 * Reads a list, YAML or JSON. Values stay as they are written: every scalar of YAML is a text, so that 1.30 is not 1.3.
 * An empty document is null.
 * @throws SnoopDbError `bad_document`; `unreadable_input`, also for what is larger than 8 MiB
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
    throw new SnoopDbError('bad_document', `${input.name} is no text in UTF-8. Give a JSON or YAML document.`, {
      cause: error,
    });
  }
}

/**
 * Reads JSON that somebody else wrote, within bounds: a few megabytes of brackets would take gigabytes.
 * @throws SnoopDbError `bad_document`
 */
export function parseBoundedJson(name: string, text: string): unknown {
  const excess = findExcess(text);
  if (excess !== null) {
    throw new SnoopDbError('bad_document', `${name} cannot be the document that was asked for: ${excess}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SnoopDbError('bad_document', `${name} is no JSON: ${explain(error)}`, { cause: error });
  }
}

function parseJson(name: string, text: string): unknown {
  const value = parseBoundedJson(name, text);
  const repeated = findRepeatedKey(text);
  if (repeated === null) return value;
  throw new SnoopDbError(
    'bad_document',
    `${name} names the key "${makeStorable(repeated).slice(0, 100)}" twice in one object; one of the two would be lost. Mend it.`,
  );
}

function parseList(name: string, text: string): unknown {
  // Whatever is JSON is read as JSON: tabs and long lines are no trouble there. What is beyond measure is left to the
  // reader of YAML, which refuses it.
  if (/^\s*[[{"]/.test(text) && findExcess(text) === null && isJson(text)) return parseJson(name, text);
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
    throw new SnoopDbError('bad_document', `${name} is no YAML or JSON that can be read: ${explain(error)}`, {
      cause: error,
    });
  }
  if (documents.length > 1) {
    throw new SnoopDbError('bad_document', `${name} holds ${documents.length} YAML documents. Give one.`);
  }
  const value = documents[0];
  return value === undefined || value === '' || value === 'null' || value === '~' ? null : value;
}

/** The first line of a parser's error; what follows shows the document's text. */
function explain(error: unknown): string {
  const line = makeStorable(toError(error).message.split('\n')[0] ?? '').slice(0, 200);
  return line.replace(/\.*$/, '.');
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { SnoopDbError } from '../errors.ts';

/** A kind of JSON document with a format, a version and a digest of its own. */
export interface DocumentKind {
  readonly format: string;
  readonly version: number;
  /** A JSON Schema, draft 2020-12. */
  readonly schemaFile: URL;
  /** What such a document is: `a run written by 'snoop runs export'`. */
  readonly description: string;
}

/**
 * Checks that a value is a whole document of a kind and version, with its own digest.
 * @param name of the document, for messages
 * @throws SnoopDbError `bad_document`
 */
export async function checkDigestedDocument<T extends object>(
  name: string,
  value: unknown,
  { format, version, schemaFile, description }: DocumentKind,
): Promise<T> {
  const refuse = (why: string, cause?: unknown): SnoopDbError =>
    new SnoopDbError('bad_document', `${name}: ${why}`, { cause });
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'format') !== format) {
    throw refuse(`this is not ${description}.`);
  }
  const found: unknown = Reflect.get(value, 'version');
  if (typeof found === 'number' && found > version) {
    throw refuse(`the document has version ${found}, and this snoop reads version ${version}. Update snoop.`);
  }
  const validate = await compileSchema(schemaFile);
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    throw refuse(`${error?.instancePath || 'the document'} ${error?.message ?? 'is invalid'}.`, validate.errors);
  }
  const { sha256, ...rest } = value as T & { readonly sha256: unknown };
  if (computeDigest(rest) !== sha256)
    throw refuse('it was changed or damaged since it was exported (its digest differs).');
  return value as T;
}

const compiled = new Map<string, Promise<ValidateFunction>>();

function compileSchema(file: URL): Promise<ValidateFunction> {
  const validate = compiled.get(file.href) ?? readSchema(file);
  compiled.set(file.href, validate);
  return validate;
}

async function readSchema(file: URL): Promise<ValidateFunction> {
  const [{ Ajv2020 }, text] = await Promise.all([import('ajv/dist/2020.js'), readFile(file, 'utf8')]);
  return new Ajv2020({ strict: true }).compile(JSON.parse(text));
}

/** Computes the SHA-256 (hex) of a value as JSON without blanks whose keys are sorted by code units. */
export function computeDigest(value: unknown): string {
  return createHash('sha256').update(writeCanonically(value)).digest('hex');
}

function writeCanonically(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

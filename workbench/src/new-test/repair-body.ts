import { describeApiError } from '../audited-cluster/api-error.ts';
import type { ClusterAccess, RawResponse } from '../audited-cluster/raw-request.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ApiDocument, Schema } from './api-document.ts';
import { asList, asRecord, asText } from './json.ts';
import { evaluate, getField, parseFieldPath, setField } from './draft.ts';
import type { Draft, TestNames } from './draft.ts';
import { anyImage, createSmallest, findFieldSchema } from './schema-body.ts';

/** A body after all repairs. */
export interface RepairedBody {
  readonly body: Draft;
  /** The server's sentences about what is still wrong; empty: it accepts the body. */
  readonly open: readonly string[];
}

/** One field is often named only after another is set; more rounds never helped. */
const maxTries = 10;
const maxBytes = 16 << 20;
const timeoutMs = 20_000;

/**
 * Tries a body with `dryRun=All` and strict field validation, and repairs it by the causes of the refusal until
 * the server accepts it or nothing more can be repaired.
 *
 * @param path of the collection
 */
export async function repairBody(
  access: ClusterAccess,
  {
    path,
    names,
    document,
    schema,
    body: first,
  }: {
    readonly path: string;
    readonly names: TestNames;
    readonly document: ApiDocument;
    readonly schema: Schema;
    readonly body: Draft;
  },
): Promise<RepairedBody> {
  let body = first;
  const seen = new Set<string>();
  for (let tries = 1; ; tries += 1) {
    seen.add(JSON.stringify(body));
    const answer = await sendRaw(access, {
      method: 'POST',
      path: `${path}?dryRun=All&fieldValidation=Strict`,
      body: evaluate(body, names),
      maxBytes,
      timeoutMs,
    });
    if (answer.status < 300) return { body, open: [] };
    const repaired = repairOnce(document, schema, body, answer);
    // A body that was refused before: the repairs undo each other.
    if (tries === maxTries || seen.has(JSON.stringify(repaired))) return { body, open: listSentences(answer) };
    body = repaired;
  }
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

function readCauses({ body }: RawResponse): Cause[] {
  return asList(asRecord(asRecord(parseStatus(body)).details).causes).map((cause) => {
    const { reason, field, message } = asRecord(cause);
    return { reason: asText(reason), field: asText(field), message: asText(message) };
  });
}

function parseStatus(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Each cause as a sentence; without causes, the whole answer. */
function listSentences(answer: RawResponse): string[] {
  const causes = readCauses(answer).map(({ field, message }) =>
    toLine(field === '' ? message : `${field}: ${message}`),
  );
  if (causes.length > 0) return [...new Set(causes)];
  const { status: code, body, headers } = answer;
  return [describeApiError({ code, body, headers }) ?? `The server answered ${code}.`];
}

const maxSentence = 400;

function toLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > maxSentence ? `${line.slice(0, maxSentence)} …` : line;
}

function repairOnce(document: ApiDocument, schema: Schema, body: Draft, answer: RawResponse): Draft {
  let repaired = body;
  const set = (path: (string | number)[], value: Draft | undefined): void => {
    repaired = setField(repaired, path, value);
  };
  for (const { reason, field, message } of readCauses(answer)) {
    const path = [...parseFieldPath(field)];
    const described = findFieldSchema(document, schema, path);
    if (path.length === 0 || described === null) continue;
    const value = getField(repaired, path);
    const least = /greater than (or equal to )?(-?\d+)/.exec(message);
    const choice = chooseMember(described, message);
    const [allowed] = readAllowed(message).filter((text) => text !== value);
    if (reason === 'FieldValueForbidden' || reason === 'FieldValueDuplicate') set(path, undefined);
    else if (choice !== null) {
      const member = [...path, choice];
      set(member, createSmallest(document, findFieldSchema(document, schema, member), true));
    } else if (allowed !== undefined && described.additionalProperties !== undefined)
      set([...path, allowed], createSmallest(document, described.additionalProperties));
    else if (allowed !== undefined) set(path, allowed);
    else if (reason === 'FieldValueInvalid' && least !== null)
      set(path, Number(least[2]) + (least[1] === undefined ? 1 : 0));
    else if (isEmpty(value)) set(path, path.at(-1) === 'image' ? anyImage : createSmallest(document, described, true));
  }
  for (const [, unknown = ''] of asText(asRecord(parseStatus(answer.body)).message).matchAll(
    /unknown field "([^"]+)"/g,
  ))
    set([...parseFieldPath(unknown)], undefined);
  return repaired;
}

/** `Unsupported value: "": supported values: "Always", "Never"`. */
function readAllowed(message: string): string[] {
  const [, list = ''] = /(?:supported|valid) values: (.*)$/s.exec(message) ?? [];
  return [...list.matchAll(/"([^"]+)"/g)].map(([, value = '']) => value);
}

/** Of "must specify one of: `basic`, `gang`": the first that is a field; null: another message. */
function chooseMember(schema: Schema, message: string): string | null {
  if (!/\bone of\b|\beither\b/.test(message)) return null;
  const names = [...message.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  return names.find((name) => Object.hasOwn(asRecord(schema.properties), name)) ?? null;
}

function isEmpty(value: Draft | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

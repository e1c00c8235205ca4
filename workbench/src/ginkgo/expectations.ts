import { asList, asRecord, asText, isRecord } from '../new-test/json.ts';
import { findChanges } from './changes.ts';
import type { CallWriter } from './call-writer.ts';
import { quoteGo } from './go-text.ts';
import { findField } from './go-types.ts';
import type { AnsweredObject } from './made-values.ts';
import type { Call } from './read-calls.ts';

/** Functions of k8s.io/apimachinery/pkg/api/errors by the reason of a Status. */
const byReason: Readonly<Record<string, string>> = {
  AlreadyExists: 'IsAlreadyExists',
  BadRequest: 'IsBadRequest',
  Conflict: 'IsConflict',
  Expired: 'IsResourceExpired',
  Forbidden: 'IsForbidden',
  Gone: 'IsGone',
  InternalError: 'IsInternalError',
  Invalid: 'IsInvalid',
  MethodNotAllowed: 'IsMethodNotSupported',
  NotAcceptable: 'IsNotAcceptable',
  NotFound: 'IsNotFound',
  RequestEntityTooLarge: 'IsRequestEntityTooLargeError',
  ServerTimeout: 'IsServerTimeout',
  ServiceUnavailable: 'IsServiceUnavailable',
  Timeout: 'IsTimeout',
  TooManyRequests: 'IsTooManyRequests',
  Unauthorized: 'IsUnauthorized',
  UnsupportedMediaType: 'IsUnsupportedMediaType',
};

/** The usual reason of a code, for answers that are not stored (errors.go: NewGenericServerResponse). */
const byCode: Readonly<Record<number, string>> = {
  ...{ 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 405: 'MethodNotAllowed' },
  ...{ 406: 'NotAcceptable', 409: 'Conflict', 410: 'Gone', 413: 'RequestEntityTooLarge', 415: 'UnsupportedMediaType' },
  ...{ 422: 'Invalid', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable', 504: 'Timeout' },
};

/** Finds the function of `apierrors` that an unsuccessful answer satisfies; null: there is none. */
export function findErrorCheck({ answer, request: { status } }: Call): string | null {
  const reason = asText(asRecord(answer).reason) || (byCode[status ?? 0] ?? '');
  return Object.hasOwn(byReason, reason) ? (byReason[reason] ?? null) : null;
}

/** Writes what the answer of a successful request must be, as far as any run must get the same. */
export function expectAnswer(call: Call, answer: AnsweredObject, writer: CallWriter): string[] {
  const { place, verb } = call;
  if (place.type === 'other' || (place.subresource !== null && place.subresource !== 'status')) return [];
  switch (verb) {
    case 'list':
      return expectList(call, answer, writer);
    case 'get':
      return place.subresource === null ? expectName(place.name ?? '', answer, writer) : [];
    case 'patch':
      return Array.isArray(call.body) ? [] : expectFields(call, answer, writer);
    default:
      return [];
  }
}

/** Writes what an update must have changed. */
export function expectChanged(read: Call, write: Call, answer: AnsweredObject, writer: CallWriter): string[] {
  if (read.answer === undefined || write.body === undefined) return [];
  const texts = ['labels', 'annotations'].flatMap((field) => {
    const before = asRecord(asRecord(asRecord(read.answer).metadata)[field]);
    const after = asRecord(asRecord(asRecord(write.body).metadata)[field]);
    return Object.entries(after)
      .filter(([key, value]) => before[key] !== value)
      .map(([key, value]) => ({ field, key, value }));
  });
  return texts.flatMap((text) => expectText(text, write, answer, writer));
}

/** A list whose selector no other test has is known whole. */
function expectList(call: Call, answer: AnsweredObject, writer: CallWriter): string[] {
  if (!isRecord(call.answer)) return [];
  const count = asList(call.answer.items).length;
  if (!isSelected(call, writer)) return [];
  return [`${gomega(writer)}.Expect(${answer.use()}.Items).To(${gomega(writer)}.HaveLen(${count}))`];
}

/** Whether a list or watch selects only what the test created. */
export function isSelected({ query }: Call, { values }: CallWriter): boolean {
  return ['labelSelector', 'fieldSelector'].some((name) => values.isUnique(query.get(name) ?? ''));
}

function expectName(name: string, answer: AnsweredObject, writer: CallWriter): string[] {
  const code = writer.values.name(name);
  const found = answer.isTyped ? `${answer.use()}.Name` : `${answer.use()}.GetName()`;
  return [`${gomega(writer)}.Expect(${found}).To(${gomega(writer)}.Equal(${code}))`];
}

function expectFields(call: Call, answer: AnsweredObject, writer: CallWriter): string[] {
  return ['labels', 'annotations'].flatMap((field) =>
    Object.entries(asRecord(asRecord(asRecord(call.body).metadata)[field])).flatMap(([key, value]) =>
      expectText({ field, key, value }, call, answer, writer),
    ),
  );
}

function expectText(
  { field, key, value }: { readonly field: string; readonly key: string; readonly value: unknown },
  { answer: answered }: Call,
  answer: AnsweredObject,
  writer: CallWriter,
): string[] {
  if (typeof value !== 'string' || asRecord(asRecord(asRecord(answered).metadata)[field])[key] !== value) return [];
  const name = field === 'labels' ? 'Labels' : 'Annotations';
  const found = `${answer.use()}.${answer.isTyped ? name : `Get${name}()`}`;
  const pair = `${writer.literals.text(key, 'key')}, ${writer.literals.text(value, key)}`;
  return [`${gomega(writer)}.Expect(${found}).To(${gomega(writer)}.HaveKeyWithValue(${pair}))`];
}

/**
 * Writes the conditions that a polled answer satisfied at last, and the one before did not: numbers, texts and flags
 * of the status.
 */
export function writeConditions(
  before: Call | null,
  call: Call,
  returns: string,
  variable: string,
  writer: CallWriter,
): string[] {
  if (before?.answer === undefined || call.answer === undefined || returns === 'dynamic') return [];
  return findChanges(before.answer, call.answer).flatMap(({ path, value }) => {
    const [first, second] = path;
    const status =
      first === 'status' && path.length === 2 ? findField(writer.types, returns, 'status')?.at(-1) : undefined;
    const found = status === undefined ? undefined : findField(writer.types, status[2], String(second))?.at(-1);
    if (found === undefined || /^[*[]|^map/.test(found[2]) || second === 'observedGeneration') return [];
    if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return [];
    if (typeof value === 'string') return [`${variable}.Status.${found[1]} == ${quoteGo(value)}`];
    return typeof value === 'number' ? [`${variable}.Status.${found[1]} == ${value}`] : [];
  });
}

function gomega({ imports }: CallWriter): string {
  return imports.use('github.com/onsi/gomega');
}

import { stripVTControlCharacters } from 'node:util';
import { describeApiError, shortenApiErrors } from '../audited-cluster/api-error.ts';

/** Of causes that have causes. */
const mostDepth = 8;

/** An error as vitest hands it over: it crossed a process, so it is a plain object, whatever was thrown. */
type SerializedError = Record<string, unknown>;

/**
 * An error of a test as it is kept and reported: its message and those of its causes, API errors as one line each.
 *
 * @param error as vitest hands it over; it stays as it is
 */
export function describeTestError(error: unknown): string {
  return stripVTControlCharacters(describeChain(error, 0));
}

function describeChain(error: unknown, depth: number): string {
  const line = describeApiError(error) ?? describeMessage(error, depth);
  const cause = getCause(error);
  if (cause === null || depth >= mostDepth) return line;
  const why = describeChain(cause, depth + 1);
  return line.includes(why) ? line : `${line}\nCaused by: ${why}`;
}

function describeMessage(error: unknown, depth: number): string {
  const { message, errors } = isObject(error) ? error : { message: error, errors: undefined };
  const text = [
    shortenMessage(typeof message === 'string' ? message : String(message ?? 'unknown error')),
    ...readAdvice(error).map((line) => `  ${line}`),
  ].join('\n');
  if (!Array.isArray(errors) || depth >= mostDepth) return text;
  // An AggregateError says nothing but that all of them failed.
  return [text, ...new Set(errors.map((one) => `  ${describeChain(one, depth + 1)}`))].join('\n');
}

/**
 * Makes what vitest is about to print of an error short: an API error is one line, without its headers, its body and the
 * client library's part of the stack. Other errors stay as they are, but for the texts of API errors in them.
 *
 * @param error as vitest hands it over; it is changed
 */
export function shortenTestError(error: unknown, depth = 0): void {
  if (!isObject(error) || depth > mostDepth) return;
  const line = describeApiError(error);
  if (line !== null) {
    Object.assign(error, { name: 'API error', message: line, stack: readStack(error) });
    for (const name of Object.keys(error)) if (!kept.has(name)) delete error[name];
    // Vitest's own reading of the stack, where it has read it already.
    if (Array.isArray(error.stacks)) error.stacks = error.stacks.filter((frame) => !isOfPackage(frame));
  } else {
    if (isOurs(error)) {
      error.message = describeMessage(error, depth);
      for (const name of Object.keys(error)) if (!kept.has(name)) delete error[name];
    }
    if (typeof error.message === 'string') error.message = shortenMessage(error.message);
    if (Array.isArray(error.errors) && hasApiError(error.errors)) {
      error.message = describeMessage(error, depth);
      delete error.errors;
    }
  }
  const cause = getCause(error);
  if (cause === null) return;
  shortenTestError(cause, depth + 1);
  // Said already, as by `new Error(error.message, { cause: error })`.
  if (isObject(cause) && String(error.message).includes(String(cause.message))) delete error.cause;
}

/** Vitest's advice names its own configuration, which live tests do not have. */
const timeoutAdvice =
  /^((?:Test|Hook) timed out in \d+ms\.)\nIf this is a long-running (test|hook), pass a timeout value as the last argument or configure it globally with "\w+"\./;

function shortenMessage(message: string): string {
  return shortenApiErrors(message).replace(
    timeoutAdvice,
    '$1\nIf the $2 needs longer, pass --timeout SECONDS, or milliseconds as its last argument.',
  );
}

/** What vitest prints of an error beside all its other properties. */
const kept: ReadonlySet<string> = new Set([
  ...['name', 'message', 'stack', 'stacks', 'cause', 'VITEST_TEST_NAME', 'VITEST_TEST_PATH'],
]);

/** Where in the tests it came from; the frames within packages say nothing to a test's author. */
function readStack(error: SerializedError): string {
  const own = typeof error.stack === 'string' ? error.stack : undefined;
  // The event of a WebSocket has the error in it.
  const inner = isObject(error.error) && typeof error.error.stack === 'string' ? error.error.stack : '';
  return (own ?? inner)
    .split('\n')
    .filter((line) => /^\s*at /.test(line) && !line.includes('/node_modules/'))
    .join('\n');
}

/** A SnoopError of this package. */
function isOurs(error: unknown): error is SerializedError {
  return isObject(error) && error.name === 'SnoopError' && Array.isArray(error.advice);
}

function readAdvice(error: unknown): string[] {
  return isOurs(error) && Array.isArray(error.advice) ? error.advice.map(String) : [];
}

function isOfPackage(frame: unknown): boolean {
  return isObject(frame) && typeof frame.file === 'string' && frame.file.includes('/node_modules/');
}

function hasApiError(errors: readonly unknown[]): boolean {
  return errors.some(
    (error) => describeApiError(error) !== null || hasApiError(getCause(error) ? [getCause(error)] : []),
  );
}

function getCause(error: unknown): unknown {
  return isObject(error) && error.cause !== undefined && error.cause !== null ? error.cause : null;
}

function isObject(value: unknown): value is SerializedError {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

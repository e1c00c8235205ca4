import { stripVTControlCharacters } from 'node:util';
import { describeApiError, shortenApiErrors } from '../audited-cluster/api-error.ts';

/** Of nested causes. */
const maxDepth = 8;

/** A thrown value as vitest passes it from a worker: a plain object. */
type SerializedError = Record<string, unknown>;

/** Describes a test's error for reports: its message and those of its causes, each API error as one line. */
export function describeTestError(error: unknown): string {
  return stripVTControlCharacters(describeChain(error, 0));
}

function describeChain(error: unknown, depth: number): string {
  const line = describeApiError(error) ?? describeMessage(error, depth);
  const cause = getCause(error);
  if (cause === null || depth >= maxDepth) return line;
  const why = describeChain(cause, depth + 1);
  return line.includes(why) ? line : `${line}\nCaused by: ${why}`;
}

function describeMessage(error: unknown, depth: number): string {
  const { message, errors } = isObject(error) ? error : { message: error, errors: undefined };
  const text = [
    shortenMessage(typeof message === 'string' ? message : String(message ?? 'unknown error')),
    ...readAdvice(error).map((line) => `  ${line}`),
  ].join('\n');
  if (!Array.isArray(errors) || depth >= maxDepth) return text;
  // An AggregateError's message has none of the reasons.
  return [text, ...new Set(errors.map((inner) => `  ${describeChain(inner, depth + 1)}`))].join('\n');
}

/**
 * Shortens an error before vitest prints it: an API error becomes one line without headers, body and the client
 * library's stack frames. In other errors, only texts of API errors change.
 *
 * @param error changed in place
 */
export function shortenTestError(error: unknown, depth = 0): void {
  if (!isObject(error) || depth > maxDepth) return;
  const line = describeApiError(error);
  if (line !== null) {
    Object.assign(error, { name: 'API error', message: line, stack: readStack(error) });
    for (const name of Object.keys(error)) if (!kept.has(name)) delete error[name];
    // Vitest's parsed stack, if it has parsed it already.
    if (Array.isArray(error.stacks)) error.stacks = error.stacks.filter((frame) => !isInPackage(frame));
  } else {
    if (isSnoopError(error)) {
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
  // Already in the message, as with `new Error(error.message, { cause: error })`.
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

/** Properties that vitest needs or prints separately. */
const kept: ReadonlySet<string> = new Set([
  ...['name', 'message', 'stack', 'stacks', 'cause', 'VITEST_TEST_NAME', 'VITEST_TEST_PATH'],
]);

/** Reads the stack without frames in packages. */
function readStack(error: SerializedError): string {
  const own = typeof error.stack === 'string' ? error.stack : undefined;
  // An event of a WebSocket contains the error.
  const inner = isObject(error.error) && typeof error.error.stack === 'string' ? error.error.stack : '';
  return (own ?? inner)
    .split('\n')
    .filter((line) => /^\s*at /.test(line) && !line.includes('/node_modules/'))
    .join('\n');
}

function isSnoopError(error: unknown): error is SerializedError {
  return isObject(error) && error.name === 'SnoopError' && Array.isArray(error.advice);
}

function readAdvice(error: unknown): string[] {
  return isSnoopError(error) && Array.isArray(error.advice) ? error.advice.map(String) : [];
}

function isInPackage(frame: unknown): boolean {
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

import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { isOwnFile } from './imported-files.ts';
import { describeTestError } from './readable-errors.ts';

/** An error outside of tests. */
export interface OutsideError {
  /** Absolute path; null: unknown. */
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

/**
 * Describes an error outside of tests, which may be any thrown value, with its place: the first stack frame in a user's
 * file, else the place that a compiler names in its message.
 *
 * @param module the test file that vitest attributes it to; null: none
 */
export function describeError(error: unknown, module: string | null): OutsideError {
  const message = describeMessage(error);
  const frame = findFrame(readText(error, 'stack') ?? '');
  if (frame !== null) return { ...frame, message };
  const compiled = readText(Reflect.get(toObject(error), '__vitest_rollup_error__'), 'id');
  const file = compiled ?? module ?? readText(error, 'VITEST_TEST_PATH');
  return { file, line: file === null ? null : findLine(message, file), message };
}

function describeMessage(error: unknown): string {
  const { type, VITEST_TEST_NAME: test, ...rest } = toObject(error) as Record<string, unknown>;
  const text = readText(error, 'message') ? describeTestError(error) : readText(error, 'name');
  const lines = [text ?? describeThrown(error, rest)];
  if (typeof type === 'string') {
    lines.push(typeof test === 'string' ? `${type}; the last test that ran: ${test}` : type);
  }
  return lines.join('\n').trim();
}

/** Vitest adds its own fields to a thrown value that is not an Error. */
function describeThrown(thrown: unknown, rest: Record<string, unknown>): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { VITEST_TEST_PATH: _path, stacks: _stacks, ...fields } = rest;
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  if (Object.keys(known).length === 0) return 'undefined or a value without fields was thrown';
  return inspect(known, { breakLength: Number.POSITIVE_INFINITY });
}

/** `at name (/a/b.ts:3:9)`, `at /a/b.ts:3:9`, `at async file:///a/b.ts:3:9` */
const framePattern = /^\s*at (?:.*[ (])?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/;

function findFrame(stack: string): { file: string; line: number } | null {
  for (const text of stack.split('\n')) {
    const [, place, line] = framePattern.exec(text) ?? [];
    if (place === undefined) continue;
    const file = place.startsWith('file://') ? fileURLToPath(place) : place;
    if (isOwnFile(file)) return { file, line: Number(line) };
  }
  return null;
}

/** Compilers write `a/b.ts:3:13`. */
function findLine(message: string, file: string): number | null {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const at = message.indexOf(`${name}:`);
  const [line] = at < 0 ? [] : (/^\d+/.exec(message.slice(at + name.length + 1)) ?? []);
  return line === undefined ? null : Number(line);
}

function readText(value: unknown, field: string): string | null {
  const text: unknown = Reflect.get(toObject(value), field);
  return typeof text === 'string' ? text : null;
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

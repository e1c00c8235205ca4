import { ApiException } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { SnoopError } from '../../src/errors.ts';
import { describeTestError, shortenTestError } from '../../src/vitest-run/readable-errors.ts';

const status = { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: 'pods "x" not found' };
const refused = (): ApiException<string> =>
  new ApiException(404, 'Unknown API Status Code!', JSON.stringify(status), { 'audit-id': 'a' });
const line = '404 NotFound: pods "x" not found';

/** Converts an error as vitest passes it from a worker: a plain object with own and inherited fields. */
function serialize(error: unknown): unknown {
  if (Array.isArray(error)) return error.map(serialize);
  if (typeof error !== 'object' || error === null) return error;
  const fields = error instanceof Error ? ['name', ...Object.getOwnPropertyNames(error)] : Object.keys(error);
  return Object.fromEntries(fields.map((name) => [name, serialize(Reflect.get(error, name))]));
}

const wrapped = new Error('no Pod', { cause: refused() });

describe('describeTestError', () => {
  test.each<[string, unknown, string]>([
    ['an API error', refused(), line],
    ['one with a cause', wrapped, `no Pod\nCaused by: ${line}`],
    ['a cause of a cause', new Error('outer', { cause: wrapped }), `outer\nCaused by: no Pod\nCaused by: ${line}`],
    [
      'a cause that the message contains',
      new Error(`no Pod: ${refused().message}`, { cause: refused() }),
      `no Pod: ${line}`,
    ],
    [
      'several at once',
      new AggregateError([refused(), wrapped, refused()], 'all failed'),
      `all failed\n  ${line}\n  no Pod\nCaused by: ${line}`,
    ],
    ['a SnoopError', new SnoopError('x', 'Not so.', { advice: ['But so.'] }), 'Not so.\n  But so.'],
    ['an assertion', Object.assign(new Error('expected 1 to be 2'), { actual: 1, expected: 2 }), 'expected 1 to be 2'],
    ['a coloured message', new Error('\u001b[31mred\u001b[39m'), 'red'],
    [
      'a timeout',
      new Error(
        'Test timed out in 12000ms.\nIf this is a long-running test, pass a timeout value as the last argument or configure it globally with "testTimeout".',
      ),
      'Test timed out in 12000ms.\nIf the test needs longer, pass --timeout SECONDS, or milliseconds as its last argument.',
    ],
    ['a text', { message: 'thrown' }, 'thrown'],
    ['nothing', undefined, 'unknown error'],
  ])('%s', (_name, error, text) => {
    expect(describeTestError(serialize(error))).toBe(text);
  });
});

describe('shortenTestError', () => {
  const shorten = (error: unknown): unknown => {
    const one = serialize(error);
    shortenTestError(one);
    return one;
  };

  test('reduces an API error to its line and its place in the tests', () => {
    const error = refused();
    error.stack = `Error: ${error.message}\n    at a (/x/node_modules/@kubernetes/client-node/a.js:1:1)\n    at b (/x/b.live.ts:2:2)`;
    expect(shorten(error)).toEqual({ name: 'API error', message: line, stack: '    at b (/x/b.live.ts:2:2)' });
  });

  test('filters a stack that vitest has parsed already', () => {
    const stacks = [{ file: '/x/node_modules/@kubernetes/client-node/src/a.ts' }, { file: '/x/b.live.ts' }];
    expect(shorten(Object.assign(refused(), { stacks }))).toMatchObject({ stacks: [{ file: '/x/b.live.ts' }] });
  });

  test('removes the socket from an error of a WebSocket', () => {
    const event = {
      type: 'error',
      message: 'Unexpected server response: 403',
      target: { _url: 'wss://x' },
      error: { stack: '' },
    };
    expect(shorten(event)).toEqual({
      name: 'API error',
      message: '403 Forbidden: the server refused the WebSocket',
      stack: '',
    });
  });

  test('removes a cause that the message contains', () => {
    expect(shorten(wrapped)).toMatchObject({ message: 'no Pod', cause: { name: 'API error', message: line } });
    const said = shorten(new Error(`no Pod: ${refused().message}`, { cause: refused() }));
    expect(said).toMatchObject({ message: `no Pod: ${line}` });
    expect(said).not.toHaveProperty('cause');
  });

  test('shortens the errors of an AggregateError', () => {
    const one = shorten(new AggregateError([refused()], 'all failed'));
    expect(one).toMatchObject({ message: `all failed\n  ${line}` });
    expect(one).not.toHaveProperty('errors');
  });

  test('adds the advice of a SnoopError and removes its other fields', () => {
    const one = shorten(new SnoopError('x', 'Not so.', { advice: ['But so.'], cause: refused() }));
    expect(one).toMatchObject({ message: 'Not so.\n  But so.', cause: { message: line } });
    expect(one).not.toHaveProperty('exitCode');
  });

  test('keeps other errors', () => {
    const other = Object.assign(new Error('other'), { detail: { code: 404 }, errors: ['x'] });
    expect(shorten(other)).toEqual(serialize(other));
  });

  test('is idempotent and survives circular causes', () => {
    const circle: { message: string; cause?: unknown } = { message: 'round' };
    circle.cause = { message: 'and', cause: circle };
    shortenTestError(circle);
    describeTestError(circle);
    const one = shorten(wrapped);
    const before = structuredClone(one);
    shortenTestError(one);
    expect(one).toEqual(before);
  });
});

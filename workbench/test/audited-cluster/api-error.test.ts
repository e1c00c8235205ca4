import { ApiException } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { describeApiError, describeRequestError, shortenApiErrors } from '../../src/audited-cluster/api-error.ts';

const headers = { 'audit-id': '3f0c', 'content-type': 'application/json', date: 'Sat, 21 Nov 2026 10:00:00 GMT' };

const notFound = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'pods "x" not found',
  reason: 'NotFound',
  details: { name: 'x', kind: 'pods' },
  code: 404,
};

const invalid = (message: string, causes: readonly object[]): object => ({
  ...notFound,
  message,
  reason: 'Invalid',
  code: 422,
  details: { name: 'x', kind: 'Pod', causes },
});

const answered = (code: number, body: unknown): ApiException<unknown> =>
  new ApiException(code, 'Unknown API Status Code!', body, headers);

const html = '<!DOCTYPE html>\n<html><head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>';

describe('formats an API error as one line', () => {
  test.each<[string, unknown, string]>([
    ['generated API', answered(404, JSON.stringify(notFound)), '404 NotFound: pods "x" not found'],
    [
      'object API',
      new ApiException(404, 'Unsuccessful HTTP Request', notFound, headers),
      '404 NotFound: pods "x" not found',
    ],
    ['401, whose body is not read', new ApiException(401, 'Unauthorized', undefined, headers), '401 Unauthorized'],
    ['log', new ApiException(404, 'Error occurred in log request', notFound, {}), '404 NotFound: pods "x" not found'],
    ['text body', answered(404, '404 page not found\n'), '404 Not Found: 404 page not found'],
    ['empty body', answered(500, ''), '500 Internal Server Error'],
    ['page of a proxy', answered(502, html), '502 Bad Gateway: 502 Bad Gateway'],
    ['other JSON', answered(503, '{"error":"no\\nbackend"}'), '503 Service Unavailable: {"error":"no\\nbackend"}'],
    ['unknown code', answered(599, undefined), '599 unknown status'],
    [
      'causes that the message contains',
      answered(
        422,
        JSON.stringify(
          invalid('Pod "x" is invalid: spec.containers: Required value', [
            { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' },
          ]),
        ),
      ),
      '422 Invalid: Pod "x" is invalid: spec.containers: Required value',
    ],
    [
      'causes that the message does not contain',
      answered(
        422,
        JSON.stringify(
          invalid('Pod "x" is invalid', [{ message: 'Required value', field: 'spec.containers' }, { reason: 'Odd' }]),
        ),
      ),
      '422 Invalid: Pod "x" is invalid (spec.containers: Required value; Odd)',
    ],
    [
      'many causes',
      answered(
        422,
        JSON.stringify(
          invalid(
            'bad',
            Array.from({ length: 9 }, (_, at) => ({ message: 'no', field: `f${at}` })),
          ),
        ),
      ),
      '422 Invalid: bad (f0: no; f1: no; f2: no; f3: no; f4: no; and 4 more)',
    ],
    [
      'several lines and control characters',
      answered(400, JSON.stringify({ ...notFound, code: 400, reason: 'BadRequest', message: 'a\n\u001b[2Jb' })),
      '400 BadRequest: a [2Jb',
    ],
    ['refused watch', Object.assign(new Error('Gone'), { statusCode: 410 }), '410 Gone'],
    ['refused watch, own phrase', Object.assign(new Error('too old'), { statusCode: 410 }), '410 Gone: too old'],
    [
      'ERROR event of a watch',
      { ...notFound, reason: 'Expired', code: 410, message: 'too old resource version' },
      '410 Expired: too old resource version',
    ],
    [
      'Status of an exec',
      {
        metadata: {},
        status: 'Failure',
        message: 'command terminated with exit code 1',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '1' }] },
      },
      'NonZeroExitCode: command terminated with exit code 1',
    ],
    [
      'refused WebSocket',
      { type: 'error', message: 'Unexpected server response: 403', target: {} },
      '403 Forbidden: the server refused the WebSocket',
    ],
    [
      'WebSocket without an answer',
      { type: 'error', message: 'connect ECONNREFUSED 127.0.0.1:1', target: {} },
      'The WebSocket failed: connect ECONNREFUSED 127.0.0.1:1',
    ],
    ['not an API error', new Error('expected 1 to be 2'), null as unknown as string],
    ['an error with a code', Object.assign(new Error('exit'), { code: 137 }), null as unknown as string],
    ['a Status that succeeded', { kind: 'Status', status: 'Success' }, null as unknown as string],
    ['nothing', undefined, null as unknown as string],
  ])('%s', (_name, error, line) => {
    expect(describeApiError(error)).toBe(line);
  });

  test('however large the response is', () => {
    const large = JSON.stringify({ ...notFound, message: `x${'漢'.repeat(200_000)}` });
    expect(describeApiError(answered(404, large))).toMatch(/^404 NotFound: x漢{599}… \(199,401 more characters\)$/);
    const body = 'y'.repeat(5_000_000);
    expect(describeApiError(answered(500, body))?.length).toBeLessThan(300);
    expect(describeApiError(answered(500, `<html>${'<b>'.repeat(1_000_000)}`))?.length).toBeLessThan(300);
    expect(describeApiError(answered(500, `"${'\\"'.repeat(1_000_000)}`))?.length).toBeLessThan(300);
  });
});

describe('shortens the raw text in a message', () => {
  const raw = answered(404, JSON.stringify(notFound)).message;
  const line = '404 NotFound: pods "x" not found';
  test.each([
    [raw, line],
    [`making it failed: ${raw}`, `making it failed: ${line}`],
    [`promise rejected "Error: ${raw}" instead of resolving`, `promise rejected "Error: ${line}" instead of resolving`],
    [`${raw}\nand then\n${raw}`, `${line}\nand then\n${line}`],
    [new ApiException(401, 'Unauthorized', undefined, headers).message, '401 Unauthorized'],
    [new ApiException(404, 'Unsuccessful HTTP Request', notFound, headers).message, line],
    [new ApiException(404, 'x', '404 page not found', headers).message, '404 Not Found: 404 page not found'],
    ['rejected "Error: HTTP-Code: 404\nMessage: Unkno…" instead', 'rejected "Error: 404 Not Found" instead'],
    ['rejected "Error: HTTP-Code: 404\nMessage: Un… { …(3) }" instead', 'rejected "Error: 404 Not Found" instead'],
    ['nothing of an API', 'nothing of an API'],
  ])('%j', (text, short) => {
    expect(shortenApiErrors(text)).toBe(short);
  });

  test('wherever it was cut', () => {
    for (let length = 'HTTP-Code: 404\nMessage: '.length; length <= raw.length; length += 1) {
      const short = shortenApiErrors(raw.slice(0, length));
      expect(short).toMatch(/^404 Not ?Found/);
      expect(short).not.toMatch(/Unknown API|audit-id/);
    }
  });
});

test('describes any error of a request', () => {
  expect(describeRequestError(answered(404, JSON.stringify(notFound)))).toBe('404 NotFound: pods "x" not found');
  expect(describeRequestError(new Error('connect ECONNREFUSED'))).toBe('connect ECONNREFUSED');
  expect(describeRequestError('text')).toBe('text');
});

test('is one line whatever the reason of a Status holds', () => {
  const status = { kind: 'Status', status: 'Failure', code: 422, reason: 'Bad\nline\u2028two', message: 'no' };
  expect(describeApiError(status)).toBe('422 Bad line two: no');
});

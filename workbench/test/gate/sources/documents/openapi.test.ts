import { expect, test } from 'vitest';
import { readGateDocument } from '../../../../src/gate/sources/documents/gate-document.ts';
import { readShippedReleases } from '../../../../src/gate/sources/documents/shipped-match.ts';
import { createSwagger } from '../made-sources.ts';

const signal = new AbortController().signal;

async function read(text: string | Buffer, name = 'doc.json', { release = null as string | null, isOwn = false } = {}) {
  const content = { name, files: [{ name, bytes: Buffer.from(text) }], git: null };
  const shipped = await readShippedReleases();
  const context = { role: 'document', release, commit: null, isOwn, shipped, signal } as const;
  const { document } = await readGateDocument(name, () => Promise.resolve(content), context);
  return document;
}

const pod = { operationId: 'listPods', tags: ['core_v1'] };

test('oddities of a document are notes', async () => {
  const paths = {
    '/api/v1/a': { get: pod, post: { operationId: 'listPods', tags: ['core_v1', 'apps_v1'] }, put: {} },
    '/api/v1/a/': { get: pod },
  };
  const { source, endpoints } = await read(JSON.stringify({ swagger: '2.0', paths }));
  expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(['GET /api/v1/a', 'POST /api/v1/a', 'PUT /api/v1/a']);
  expect(source).toMatchObject({ count: 3, problems: [] });
  expect(source.notes).toMatchInlineSnapshot(`
    [
      "Operations without an operationId: named by method and path: 1.",
      "Operations with the operationId of another one: named by method and path: 2.",
      "Operations with the method and path of another one: skipped: 1.",
      "Operations with several tags: in the category of the first: 1.",
      "Operations without a tag: in a category from the path: 1.",
    ]
  `);
});

const whole = createSwagger(['v1/pods']);

test.for<[string, string | Buffer]>([
  ['nothing', ''],
  ['blanks', ' \n'],
  ['half', whole.slice(0, whole.length / 2)],
  ['HTML', '<!DOCTYPE html><html><body>404</body></html>'],
  ['text', '404: Not Found'],
  ['another JSON document', '{"kind": "Status", "status": "Failure"}'],
  ['a manifest', '{"kind": "Status", "apiVersion": "v1", "status": "Failure"}'],
  ['a list', '[]'],
  ['version 3', '{"openapi": "3.0.0", "paths": {"/api/v1/a": {"get": {}}}}'],
  ['no operation', '{"swagger": "2.0", "paths": {"/api/v1/a": {}}}'],
  ['a repeated key', '{"swagger": "2.0", "paths": {}, "paths": {"/api/v1/a": {"get": {}}}}'],
  ['a deep document', `${'{"a":'.repeat(1100)}1${'}'.repeat(1100)}`],
  ['no text', Buffer.from([0x7b, 0xff, 0xfe])],
  ['a pending list', '- readA\n- readB\n'],
  ['a path that is null', '{"swagger": "2.0", "paths": {"/api/v1/a": {"get": {}}, "/api/v1/b": null}}'],
  ['an operation that is a number', '{"swagger": "2.0", "paths": {"/api/v1/a": {"get": {}, "post": 1}}}'],
  ['a misspelt method', '{"swagger": "2.0", "paths": {"/api/v1/a": {"get": {}, "pos": {}}}}'],
])('%s is a problem', async ([, text]) => {
  const { source, endpoints } = await read(text);
  expect(endpoints).toEqual([]);
  // Newer versions of Node add the line and column.
  expect(source.problems.map((problem) => problem.replace(/ \(line \d+ column \d+\)/, ''))).toMatchSnapshot();
});

test.for<[name: string, text: string, release: string | null, expected: unknown]>([
  ['swagger-1.36.json', whole, null, ['1.36.0', 'file name']],
  ['v1.36.2/swagger.json', whole, null, ['1.36.2', 'file name']],
  ['doc.json', createSwagger(['v1/pods'], { info: { version: 'v1.36.3' } }), null, ['1.36.3', 'content']],
  ['doc.json', createSwagger(['v1/pods'], { info: { version: 'v1.38.0-alpha.1' } }), null, ['1.38.0', 'content']],
  ['doc.json', whole, 'v1.38', ['1.38.0', 'flag']],
  ['swagger-1.38.json', whole, '1.38.1', ['1.38.1', 'flag']],
  ['doc.json', whole, null, [null, null]],
])('%s has a release', async ([name, text, release, expected]) => {
  const { source } = await read(text, name, { release });
  expect([source.release, source.releaseFrom]).toEqual(expected);
});

test('a release that clues contradict is a problem', async () => {
  const served = createSwagger(['v1/pods'], { info: { version: 'v1.36.3' } });
  for (const [name, release] of [
    ['swagger-1.37.json', null],
    ['doc.json', '1.35'],
  ] as const) {
    expect((await read(served, name, { release })).source.problems).toMatchSnapshot();
  }
});

test('releases of Kubernetes say nothing about own groups', async () => {
  const served = createSwagger(['v1/pods'], { info: { version: 'v1.36.3' } });
  expect((await read(served, 'swagger-1.36.json', { isOwn: true })).source.release).toBe(null);
  expect((await read(served, 'doc.json', { isOwn: true, release: '0.4' })).source.release).toBe('0.4.0');
});

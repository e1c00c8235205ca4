import { expect, test } from 'vitest';
import { readApiDocument } from '../../src/new-test/api-document.ts';
import { getField, parseFieldPath, setField } from '../../src/new-test/draft.ts';
import { createSmallest, findFieldSchema } from '../../src/new-test/schema-body.ts';

const kind = { group: 'example.com', version: 'v1', kind: 'Widget' };
const widget = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: { allOf: [{ $ref: '#/x/Spec' }], default: {} },
    status: { type: 'object' },
  },
  'x-kubernetes-group-version-kind': [kind],
};
const spec = {
  type: 'object',
  required: ['name', 'mode', 'count', 'port', 'size', 'at', 'items', 'self'],
  properties: {
    name: { type: 'string' },
    mode: { type: 'string', enum: ['', 'Fast', 'Slow'] },
    count: { type: 'integer', default: 0 },
    port: { type: 'integer', minimum: 1024 },
    size: { $ref: '#/x/io.k8s.apimachinery.pkg.api.resource.Quantity' },
    at: { type: 'string', format: 'date-time' },
    items: { type: 'array', items: { type: 'string' } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    self: { $ref: '#/x/Loop' },
  },
};
const schemas = {
  Widget: widget,
  Spec: spec,
  // A schema may contain itself.
  Loop: { type: 'object', required: ['self'], properties: { self: { $ref: '#/x/Loop' } } },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

test.each([
  ['v3', { components: { schemas } }],
  ['v2', { definitions: schemas }],
])('creates the smallest body of a schema of OpenAPI %s', (_version, document) => {
  const read = readApiDocument(document);
  const { self, ...fields } = createSmallest(read, findFieldSchema(read, read.findSchema(kind), ['spec'])) as Record<
    string,
    unknown
  >;
  expect(fields).toEqual({
    name: 'live-test',
    mode: 'Fast',
    count: 1,
    port: 1024,
    size: '1',
    at: '2026-01-01T00:00:00Z',
    items: [],
  });
  expect(JSON.stringify(self).length).toBeLessThan(200);
});

test('creates one item of an array or map that needs one', () => {
  const read = readApiDocument({ components: { schemas } });
  const create = (field: string): unknown =>
    createSmallest(read, findFieldSchema(read, spec, parseFieldPath(field)), true);
  expect(create('items')).toEqual(['live-test']);
  expect(create('labels')).toEqual({ 'live-test': 'live-test' });
  expect(findFieldSchema(read, spec, parseFieldPath('items[0]'))).toMatchObject({ type: 'string' });
  expect(findFieldSchema(read, spec, parseFieldPath('labels[a.b]'))).toMatchObject({ type: 'string' });
  expect(findFieldSchema(read, spec, parseFieldPath('missing'))).toBeNull();
});

test('sets and removes fields by the path of a cause', () => {
  const draft = setField({}, parseFieldPath('spec.rules[0].host'), 'a');
  expect(draft).toEqual({ spec: { rules: [{ host: 'a' }] } });
  expect(setField(draft, parseFieldPath('data[a.key]'), 'b')).toEqual({ ...(draft as object), data: { 'a.key': 'b' } });
  expect(getField(draft, parseFieldPath('spec.rules[0].host'))).toBe('a');
  expect(setField(draft, parseFieldPath('spec.rules[0]'), undefined)).toEqual({ spec: { rules: [] } });
  // The server's index never makes a sparse array.
  expect(setField(draft, parseFieldPath('spec.rules[9999].host'), 'a')).toEqual(draft);
});

test('leaves out /watch/ endpoints', () => {
  const { operations } = readApiDocument({
    paths: {
      '/api/v1/pods': { get: { operationId: 'listPods' }, parameters: [] },
      '/api/v1/watch/pods': { get: { operationId: 'watchPods' } },
    },
  });
  expect(operations).toEqual([{ endpoint: 'listPods', method: 'GET', path: '/api/v1/pods' }]);
});

test('leaves out names that would become other code', () => {
  const { operations } = readApiDocument({
    paths: {
      '/api/v1/pods': { get: { operationId: 'list`Pods' } },
      '/api/v1/`evil': { get: { operationId: 'listEvil' } },
    },
  });
  expect(operations).toEqual([]);
});

test.each<[string, object]>([
  [
    'contain themselves as a choice',
    { anyOf: [{ type: 'object', required: ['a'], properties: { a: { $ref: '#/x/A' } } }] },
  ],
  ['are only a choice of themselves', { oneOf: [{ $ref: '#/x/A' }, { $ref: '#/x/A' }] }],
  [
    'require themselves many times',
    {
      type: 'object',
      required: [...'abcdefghij'],
      properties: Object.fromEntries([...'abcdefghij'].map((name) => [name, { $ref: '#/x/A' }])),
    },
  ],
])('a value of schemas that %s is bounded', (_what, schema) => {
  const read = readApiDocument({ components: { schemas: { A: schema } } });
  expect(JSON.stringify(createSmallest(read, { $ref: '#/x/A' })).length).toBeLessThan(200_000);
});

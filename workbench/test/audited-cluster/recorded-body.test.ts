import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type BodyContext, recordBody } from '../../src/audited-cluster/recorded-body.ts';

const record = (value: unknown, path = '/api/v1/namespaces/a/pods') =>
  recordText(Buffer.from(JSON.stringify(value)), { path, contentType: 'application/json', contentEncoding: undefined });
const recordText = (body: Buffer, context: BodyContext) => recordBody(body, body.length, context);

test('JSON is stored as it is', () => {
  const pod = { kind: 'Pod', metadata: { name: 'a', annotations: { b: 'c' } }, spec: { containers: [{ image: 'x' }] } };
  expect(record(pod)).toEqual({ body: pod, bytes: 100, omitted: null });
});

const secret = { data: { key: 'c2VjcmV0' }, stringData: { other: 'secret' }, type: 'Opaque' };
const hidden = { data: { key: '<8 bytes>' }, stringData: { other: '<6 bytes>' }, type: 'Opaque' };
const secrets = '/api/v1/namespaces/a/secrets';
test.for<[what: string, value: unknown, path: string, stored: unknown]>([
  ['a Secret', { kind: 'Secret', ...secret }, '/x', { kind: 'Secret', ...hidden }],
  [
    'a Secret in a List',
    { kind: 'List', items: [{ kind: 'Secret', ...secret }] },
    '/x',
    { kind: 'List', items: [{ kind: 'Secret', ...hidden }] },
  ],
  [
    'a SecretList',
    { kind: 'SecretList', items: [secret] },
    `${secrets}?limit=5`,
    { kind: 'SecretList', items: [hidden] },
  ],
  [
    'an event of a watch',
    { type: 'ADDED', object: { kind: 'Secret', ...secret } },
    secrets,
    { type: 'ADDED', object: { kind: 'Secret', ...hidden } },
  ],
  ['a merge patch of a Secret', secret, `${secrets}/b`, hidden],
  [
    'a JSON patch of a Secret',
    [{ op: 'add', path: '/data/x', value: 'abc' }],
    `${secrets}/b`,
    [{ op: 'add', path: '/data/x', value: '<3 bytes>' }],
  ],
  [
    'a JSON patch of a whole Secret',
    [{ op: 'replace', path: '/data', value: { x: 'abc' } }],
    `${secrets}/b`,
    [{ op: 'replace', path: '/data', value: { x: '<3 bytes>' } }],
  ],
  [
    'what kubectl applied',
    { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":1}' } } },
    secrets,
    { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '<10 bytes>' } } },
  ],
  [
    'a TokenRequest',
    { kind: 'TokenRequest', spec: { audiences: ['a'] }, status: { token: 'eyJ' } },
    '/x',
    { kind: 'TokenRequest', spec: { audiences: ['a'] }, status: { token: '<3 bytes>' } },
  ],
  [
    'an environment variable',
    {
      env: [
        { name: 'DB_PASSWORD', value: 'abc' },
        { name: 'A', value: 'b' },
      ],
    },
    '/x',
    {
      env: [
        { name: 'DB_PASSWORD', value: '<3 bytes>' },
        { name: 'A', value: 'b' },
      ],
    },
  ],
  [
    'a JSON patch of a token',
    [{ op: 'add', path: '/spec/token', value: 'abc' }],
    '/x',
    [{ op: 'add', path: '/spec/token', value: '<3 bytes>' }],
  ],
  [
    'names of Secrets stay',
    {
      imagePullSecrets: [{ name: 'a' }],
      secrets: [{ name: 'b' }],
      secretName: 'c',
      automountServiceAccountToken: true,
    },
    '/x',
    {
      imagePullSecrets: [{ name: 'a' }],
      secrets: [{ name: 'b' }],
      secretName: 'c',
      automountServiceAccountToken: true,
    },
  ],
])('%s', ([, value, path, stored]) => {
  expect(record(value, path)?.body).toEqual(stored);
});

test.for<[what: string, body: Buffer, contentType: string, contentEncoding: string | undefined, stored: unknown]>([
  [
    'YAML',
    Buffer.from('kind: Pod\n'),
    'application/apply-patch+yaml',
    undefined,
    { body: { kind: 'Pod' }, bytes: 10, omitted: null },
  ],
  ['gzip', gzipSync('{"a":1}'), 'application/json', 'gzip', { body: { a: 1 }, bytes: 7, omitted: null }],
  ['text', Buffer.from('a log\n'), 'text/plain', undefined, { body: null, bytes: 6, omitted: 'not JSON' }],
  [
    'protobuf',
    Buffer.from('k8s\0\n'),
    'application/vnd.kubernetes.protobuf',
    undefined,
    { body: null, bytes: 5, omitted: 'not JSON' },
  ],
  [
    'more than 64 KB',
    Buffer.from(`"${'x'.repeat(65_535)}"`),
    'application/json',
    undefined,
    { body: null, bytes: 65_537, omitted: 'larger than 64 KB' },
  ],
  [
    'a bomb',
    gzipSync(Buffer.alloc(10_000_000, ' ')),
    'application/json',
    'gzip',
    {
      body: null,
      bytes: expect.any(Number),
      omitted: 'larger than 64 KB unpacked, or packed by something else than gzip',
    },
  ],
  [
    '30,000 levels',
    Buffer.from('['.repeat(30_000) + ']'.repeat(30_000)),
    'application/json',
    undefined,
    { body: null, bytes: 60_000, omitted: 'nested too deeply, or too many values' },
  ],
  [
    'aliases of YAML',
    Buffer.from(
      `a: &a [1, 1]\n${[...'bcdefghijklmnopqrstuv'].map((name, index) => `${name}: &${name} [*${'abcdefghijklmnopqrstuv'[index]}, *${'abcdefghijklmnopqrstuv'[index]}]\n`).join('')}`,
    ),
    ...([
      'application/yaml',
      undefined,
      { body: null, bytes: expect.any(Number), omitted: 'nested too deeply, or too many values' },
    ] as const),
  ],
])('%s', ([, body, contentType, contentEncoding, stored]) => {
  expect(recordText(body, { path: '/x', contentType, contentEncoding })).toEqual(stored);
});

test('a body of which only the size is known is omitted, and an empty one is not recorded', () => {
  const context = { path: '/x', contentType: 'application/json', contentEncoding: undefined };
  expect(recordBody(null, 70_000, context)).toEqual({ body: null, bytes: 70_000, omitted: 'larger than 64 KB' });
  expect(recordBody(Buffer.alloc(0), 0, context)).toBeNull();
});

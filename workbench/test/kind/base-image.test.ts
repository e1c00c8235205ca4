import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFile } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from '../support/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = 'workbench/bin/renew-base-image.mjs';
const pinned = ['Dockerfile', 'snoopdb/Dockerfile', 'kind/README.md'];
const pinPattern = /node:\d+\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}/g;
const indexType = 'application/vnd.oci.image.index.v1+json';

const platform = (architecture: string): object => ({ platform: { os: 'linux', architecture } });
const index = JSON.stringify({ mediaType: indexType, manifests: [platform('amd64'), platform('arm64')] });
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Copies the files of a project that the script reads and writes. */
async function makeProject(): Promise<string> {
  const folder = await makeFolder();
  for (const file of [...pinned, script]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  return folder;
}

function renew(
  folder: string,
  ...args: string[]
): Promise<{ exitCode: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, script), ...args], (error, stdout, stderr) =>
      resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
    );
  });
}

function readPins(folder: string): string[] {
  return [...new Set(pinned.flatMap((file) => readFileSync(join(folder, file), 'utf8').match(pinPattern) ?? [file]))];
}

interface Registry {
  /** Pages of the list. */
  readonly tags?: readonly (readonly string[])[];
  readonly manifest?: string;
  readonly saidDigest?: string;
  /** The link to the second page. */
  readonly nextAt?: string;
  readonly realm?: string;
}

/** Starts a registry as in the distribution specification; it refuses inexact requests. */
async function startRegistry(registry: Registry = {}): Promise<{ url: string; asked: string[] }> {
  const { tags = [['20.20.2-bookworm-slim']], manifest = index, saidDigest = digestOf(manifest) } = registry;
  const asked: string[] = [];
  const answer = ({ method, url = '', headers }: IncomingMessage, response: ServerResponse): unknown => {
    const { pathname, searchParams } = new URL(url, 'http://registry');
    asked.push(`${method} ${url}`);
    const send = (status: number, more: Record<string, string>, body: string): unknown =>
      response.writeHead(status, more).end(body);
    if (method !== 'GET') return send(405, {}, '');
    if (pathname === '/token') {
      const isRight =
        searchParams.get('service') === 'stand-in' &&
        searchParams.get('scope') === 'repository:library/node:pull' &&
        headers.authorization === undefined;
      return send(isRight ? 200 : 400, {}, JSON.stringify({ token: 'let-me-read' }));
    }
    if (headers.authorization !== 'Bearer let-me-read') {
      const realm = registry.realm ?? `http://${headers.host}/token`;
      const challenge = `Bearer realm="${realm}",service="stand-in",scope="repository:library/node:pull"`;
      return send(401, { 'www-authenticate': challenge }, '{"errors":[]}');
    }
    if (pathname === '/v2/library/node/tags/list' && searchParams.get('n') === '1000') {
      const page = Number(searchParams.get('last') ?? 0);
      const next = registry.nextAt ?? `/v2/library/node/tags/list?n=1000&last=${page + 1}`;
      const link: Record<string, string> = page + 1 < tags.length ? { link: `<${next}>; rel="next"` } : {};
      return send(200, link, JSON.stringify({ name: 'library/node', tags: tags[page] }));
    }
    const tag = /^\/v2\/library\/node\/manifests\/([\w.-]+)$/.exec(pathname)?.[1];
    if (tag !== undefined && tags.flat().includes(tag) && headers.accept?.includes(indexType)) {
      return send(200, { 'content-type': indexType, 'docker-content-digest': saidDigest }, manifest);
    }
    return send(404, {}, '{"errors":[]}');
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v2/library/node`, asked };
}

test('updates the pin in every file to the newest tag of its major version and variant, and the digest of its index', async () => {
  const folder = await makeProject();
  const [before = ''] = readPins(folder);
  const { url, asked } = await startRegistry({
    tags: [
      ['20.9.0-bookworm-slim', '20.100.3-bookworm-slim', '20.100.20-bookworm', '20.100.4-bookworm-slim-rc'],
      ['22.1.0-bookworm-slim', '20.100.20-bookworm-slim', '20-bookworm-slim', '20.99.99-bookworm-slim'],
    ],
  });
  const renewed = `node:20.100.20-bookworm-slim@${digestOf(index)}`;
  expect(await renew(folder, url)).toEqual({
    exitCode: 0,
    stdout: `${before}\n-> ${renewed}\nin ${pinned.join(', ')}\n`,
    stderr: '',
  });
  expect(readPins(folder)).toEqual([renewed]);
  for (const file of pinned) {
    expect(readFileSync(join(folder, file), 'utf8')).toBe(
      readFileSync(join(root, file), 'utf8').replaceAll(before, renewed),
    );
  }
  expect(asked.map((line) => line.replace(/\?.*/, ''))).toEqual([
    'GET /v2/library/node/tags/list',
    'GET /token',
    'GET /v2/library/node/tags/list',
    'GET /v2/library/node/tags/list',
    'GET /v2/library/node/manifests/20.100.20-bookworm-slim',
  ]);
  expect(await renew(folder, url)).toEqual({
    exitCode: 0,
    stdout: `${renewed} is the newest; nothing was changed.\n`,
    stderr: '',
  });
});

test.for<[what: string, registry: Registry, says: RegExp]>([
  ['sends another digest than that of its body', { saidDigest: digestOf('other') }, /but sends sha256:/],
  [
    'has one platform only',
    { manifest: JSON.stringify({ mediaType: indexType, manifests: [platform('amd64')] }) },
    /no image for linux\/arm64/,
  ],
  ['sends no index', { manifest: '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}' }, /is not an index/],
  ['sends no JSON', { manifest: '<html>' }, /is not a JSON object/],
  ['has only older tags', { tags: [['20.1.0-bookworm-slim']] }, /or newer/],
  ['continues elsewhere', { tags: [[], []], nextAt: 'http://elsewhere.example/v2/' }, /which is not the registry/],
  [
    'lists tags forever',
    { tags: [[], []], nextAt: '/v2/library/node/tags/list?n=1000' },
    /does not end after 200 pages/,
  ],
  ['gives tokens over plain HTTP', { realm: 'http://tokens.example/token' }, /which is not https/],
])('a registry that %s changes nothing', async ([, registry, says]) => {
  const folder = await makeProject();
  const before = readPins(folder);
  const { exitCode, stdout, stderr } = await renew(folder, (await startRegistry(registry)).url);
  expect([exitCode, stdout, readPins(folder)]).toEqual([3, '', before]);
  expect(stderr).toMatch(says);
});

test.for([[], ['http://registry.example/v2/library/node'], ['https://registry.example'], ['node']])(
  'refuses the repository address %j',
  async (args) => {
    const { exitCode, stderr } = await renew(await makeProject(), ...args);
    expect([exitCode, stderr.split('\n').length]).toEqual([2, 2]);
  },
);

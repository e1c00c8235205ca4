import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Content,
  digestContent,
  type ReadOptions,
  readContent,
} from '../../../../src/gate/sources/contents/content.ts';
import { explainProblem } from '../../../../src/gate/sources/contents/source-problem.ts';
import { makeFolder } from '../../../support/folder.ts';

const signal = new AbortController().signal;

async function read(name: string, options: Partial<ReadOptions> = {}): Promise<Content> {
  const stdin = new PassThrough();
  stdin.end('from stdin');
  return readContent(name, {
    cwd: '/',
    env: {},
    signal,
    commits: new Map(),
    repositories: new Map(),
    stdin,
    maxBytes: 1000,
    ...options,
  });
}

async function problem(name: string, options: Partial<ReadOptions> = {}): Promise<string> {
  return read(name, options).then(
    () => 'it was read',
    (error: unknown) => explainProblem(error, signal),
  );
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

test('reads files, gzip, folders, URLs and standard input', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'plain.json'), '{}');
  await writeFile(join(cwd, 'packed.json.gz'), gzipSync('{}'));
  await mkdir(join(cwd, 'crds/more'), { recursive: true });
  await writeFile(join(cwd, 'crds/b.yaml'), 'b');
  await writeFile(join(cwd, 'crds/more/a.yml'), 'a');
  await writeFile(join(cwd, 'crds/README.md'), 'no');
  const url = await serve((_, response) => response.end('{}'));
  const extensions = ['.yaml', '.yml'];
  const digests = [];
  for (const name of ['plain.json', 'packed.json.gz', `${url}/swagger.json?token=secret`]) {
    const content = await read(name, { cwd });
    expect(content.files.map(({ bytes }) => bytes.toString())).toEqual(['{}']);
    digests.push(digestContent(content));
    expect(content.name).not.toContain('secret');
  }
  expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
  const folder = await read('crds', { cwd, extensions });
  expect(folder.files.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
    ['crds/b.yaml', 'b'],
    ['crds/more/a.yml', 'a'],
  ]);
  expect((await read('-')).files[0]?.bytes.toString()).toBe('from stdin');
});

test('everything is bounded in size', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'large'), 'x'.repeat(1001));
  await writeFile(join(cwd, 'bomb.gz'), gzipSync(Buffer.alloc(10_000_000)));
  await mkdir(join(cwd, 'many'));
  await writeFile(join(cwd, 'many/a'), 'x'.repeat(600));
  await writeFile(join(cwd, 'many/b'), 'x'.repeat(600));
  const url = await serve((_, response) => response.end('x'.repeat(5000)));
  for (const name of ['large', 'bomb.gz', 'many', url, '/dev/zero']) {
    expect(await problem(name, { cwd })).toMatch(/larger|limit|more than|bytes/);
  }
});

test('everything is bounded in time', async () => {
  const cwd = await makeFolder();
  execFileSync('mkfifo', [join(cwd, 'fifo')]);
  const silent = await serve(() => {});
  const dripping = await serve((_, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  for (const name of ['fifo', `${silent}/`, `${dripping}/`, '-']) {
    const text = await problem(name, { cwd, timeoutMs: 300, stdin: new PassThrough() });
    expect(text).toBe(`${name} was not read to its end within 0.3 s. Save it to a file, and give that.`);
  }
});

test('an interrupt ends reading', async () => {
  const interrupt = new AbortController();
  const reading = read('-', { stdin: new PassThrough(), signal: interrupt.signal });
  interrupt.abort(new Error('Ctrl-C'));
  await expect(reading).rejects.toThrow('Ctrl-C');
});

test('what cannot be read is a problem', async () => {
  const cwd = await makeFolder();
  await mkdir(join(cwd, 'empty'));
  await writeFile(join(cwd, 'cut.gz'), gzipSync('x'.repeat(500)).subarray(0, 20));
  const url = await serve((_, response) => response.writeHead(404).end('<html>'));
  const texts = [];
  for (const name of ['missing', 'empty', 'cut.gz', url]) texts.push(await problem(name, { cwd }));
  expect(texts.join('\n').replaceAll(url, 'URL')).toMatchInlineSnapshot(`
    "missing cannot be read: it does not exist. Give a file that you can read, or another URL.
    empty has no file. Name files, or another directory. Give a file that you can read, or another URL.
    cut.gz cannot be read: unexpected end of file. Give a file that you can read, or another URL.
    URL/ cannot be read: the server answered 404 Not Found. Give a file that you can read, or another URL."
  `);
});

import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findInputs, type LoadInput, readRegularFile } from '../../src/index.ts';
import { createLogFolder, type LogFolder } from '../support/log-files.ts';

let folder: LogFolder;
beforeAll(async () => {
  folder = await createLogFolder();
});
afterAll(() => folder.remove());

function makeFifo(name: string): string {
  const path = join(folder.path, name);
  execFileSync('mkfifo', [path]);
  return path;
}

async function writeLog(name: string, content: string | Buffer): Promise<string> {
  await folder.write(name, content);
  return join(folder.path, name);
}

async function find(path: string): Promise<LoadInput> {
  const [input] = await findInputs(path, { cwd: folder.path, stdin: process.stdin });
  if (!input) throw new Error(`${path} is not found.`);
  return input;
}

async function readText(input: LoadInput, signal?: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of input.open(signal)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A reader that was given up must not keep what it has opened. */
function isOpen(path: string): boolean {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return null;
    }
  });
  return links.includes(path);
}

test('waits until a FIFO has a writer, and reads it to its end', async () => {
  const path = makeFifo('written');
  const input = await find(path);
  const reading = readText(input);
  await expect.poll(() => isOpen(path), { timeout: 10_000 }).toBe(true);
  const writer = await open(path, 'w');
  await writer.write('{"a":');
  await writer.write('1}');
  await writer.close();
  expect(await reading).toBe('{"a":1}');
  expect([input.bytes, input.isRepeatable]).toEqual([null, false]);
});

// What blocks in the system, such as an opened FIFO without a writer, would keep the test's own process from ending.
test.for<[what: string, make: () => string]>([
  ['a FIFO without a writer', () => makeFifo('silent')],
  ['a device that never ends', () => '/dev/zero'],
  ['a terminal without input', () => '/dev/ptmx'],
])('stops reading %s as soon as the signal is aborted', async ([_what, make]) => {
  const path = make();
  const abort = new AbortController();
  const reading = readText(await find(path), abort.signal);
  await expect.poll(() => isOpen(path), { timeout: 10_000 }).toBe(true);
  abort.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  await expect.poll(() => isOpen(path), { timeout: 10_000 }).toBe(false);
});

test.for<[what: string, write: () => Promise<string>]>([
  ['a device that never ends', async () => '/dev/zero'],
  ['a file', () => writeLog('long.txt', 'a line\n'.repeat(100_000))],
  ['a file that is compressed twice', () => writeLog('long.gz', gzipSync(gzipSync('a line\n'.repeat(100_000))))],
  ['a file that is compressed too often', () => writeLog('often.gz', packOften('a line\n', 6))],
])('closes %s when it is not read to its end', async ([_what, write]) => {
  const path = await write();
  for (const signal of [undefined, new AbortController().signal]) {
    const read = async (): Promise<void> => {
      for await (const _piece of (await find(path)).open(signal)) return;
    };
    await read().catch(() => {});
    await expect.poll(() => isOpen(path), { timeout: 10_000 }).toBe(false);
  }
});

function packOften(text: string, times: number): Buffer {
  return Array.from({ length: times }).reduce<Buffer>((packed) => gzipSync(packed), Buffer.from(text));
}

test('reads a configuration from a regular file only', async () => {
  await folder.write('config.yaml', 'a: 1');
  expect(readRegularFile(join(folder.path, 'config.yaml'))).toBe('a: 1');
  for (const path of [makeFifo('config'), '/dev/zero', '/dev/ptmx']) {
    expect(() => readRegularFile(path)).toThrow('it is a FIFO or a device, not a regular file');
  }
  expect(() => readRegularFile(folder.path)).toThrow('EISDIR');
  expect(() => readRegularFile(join(folder.path, 'none'))).toThrow('ENOENT');
});

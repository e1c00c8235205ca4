import { randomBytes } from 'node:crypto';
import { appendFile, copyFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { openSegment } from '../src/spool/segment-reader.ts';
import { listSegments, type SegmentFile } from '../src/spool/segment-file.ts';
import { openSpool } from '../src/spool/spool.ts';
import { append, makeFolder, open } from './support/spool-folder.ts';

const mib = 1024 * 1024;

test('keeps what was appended after the program has ended, byte for byte', async () => {
  const folder = await makeFolder();
  const bodies = Array.from({ length: 50 }, (_, index) => randomBytes(index * 97));
  const spool = await open(folder);
  await Promise.all(bodies.map((body) => append(spool, body)));
  expect(spool.fill).toMatchObject({ bodies: 50 });
  await spool.close();

  const again = await open(folder);
  expect(again.fill).toMatchObject({ bodies: 50, bytes: spool.fill.bytes });
  const [segment] = await again.takeSegments();
  expect(await readBodies(segment?.file)).toEqual(bodies);
});

test('drops and logs a write that was cut anywhere, and nothing else', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  await append(spool, Buffer.from('first'));
  await append(spool, Buffer.from('second'));
  const whole = spool.fill.bytes;
  await append(spool, randomBytes(300), 'a-source-with-a-name');
  const end = spool.fill.bytes;
  await spool.close();
  const [original] = await listSegments(folder);
  if (original === undefined) throw new Error('there is no segment');
  for (let length = whole; length < end; length += length < whole + 100 ? 1 : 37) {
    const copy = await makeFolder();
    const path = join(copy, original.path.slice(folder.length + 1));
    await copyFile(original.path, path);
    await truncate(path, length);
    const { log, lines } = makeLog();
    const recovered = await openSpool({ folder: copy, maxBytes: 10 * mib, log });
    expect(recovered.fill.bodies, `cut at ${length}`).toBe(2);
    expect(lines.join(''), `cut at ${length}`).toMatch(length === whole ? /^$/ : /unacknowledged/);
    expect(await readBodies({ ...original, path })).toEqual([Buffer.from('first'), Buffer.from('second')]);
    await recovered.close();
  }
});

test('ignores the end of a file that grew before its bytes arrived', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  await append(spool, Buffer.from('first'));
  await spool.close();
  const [segment] = await listSegments(folder);
  if (segment === undefined) throw new Error('there is no segment');
  await appendFile(segment.path, Buffer.alloc(5000));
  expect(await listFound(segment)).toEqual(['record', 'torn']);
});

test('a flipped bit anywhere damages only its record', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  // The last one is shorter than the longest header: what is spoilt there must not pass for a write that was cut.
  const bodies = ['first', 'a second one', 'last'].map((body) => Buffer.from(body));
  for (const body of bodies) await append(spool, body);
  await spool.close();
  const [segment] = await listSegments(folder);
  if (segment === undefined) throw new Error('there is no segment');
  const sound = await readFile(segment.path);
  const edges = await readEdges(segment);
  for (let bit = 0; bit < sound.length * 8; bit++) {
    const at = bit >> 3;
    const spoilt = Buffer.from(sound);
    spoilt[at] = (spoilt[at] ?? 0) ^ (1 << (bit & 7));
    await writeFile(segment.path, spoilt);
    const hit = edges.findIndex((end) => at < end);
    const left = bodies.filter((_, index) => index !== hit);
    expect(await readParts(segment), `bit ${bit & 7} of byte ${at}`).toEqual({ bodies: left, broken: 1 });
  }
});

test('never takes bytes of a sender for a record', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  await append(spool, Buffer.from('inner'));
  await spool.close();
  const [inner] = await listSegments(folder);
  if (inner === undefined) throw new Error('there is no segment');
  const outerFolder = await makeFolder();
  const outer = await open(outerFolder);
  await append(outer, Buffer.concat([randomBytes(50), await readFile(inner.path), randomBytes(50)]));
  await append(outer, Buffer.from('last'));
  await outer.close();
  const [segment] = await listSegments(outerFolder);
  if (segment === undefined) throw new Error('there is no segment');
  const spoilt = await readFile(segment.path);
  spoilt[8] = 1;
  await writeFile(segment.path, spoilt);
  expect(await readBodies(segment)).toEqual([Buffer.from('last')]);
});

test('accepts bodies up to its limit, and more after some were removed', async () => {
  const folder = await makeFolder();
  const spool = await open(folder, 4 * mib + 300_000);
  for (let index = 0; index < 4; index++) await append(spool, randomBytes(mib));
  expect(spool.fullReason).toMatch(/full \(limit: 4494304 bytes\)/);
  await expect(append(spool, randomBytes(mib))).rejects.toMatchObject({ code: 'spool_full' });
  for (const segment of await spool.takeSegments()) await spool.remove(segment);
  expect(spool.fill).toMatchObject({ bodies: 0, bytes: 0 });
  expect(spool.fullReason).toBeNull();
  await append(spool, randomBytes(mib));
  expect(await readdir(folder)).toContainEqual(expect.stringMatching(/^segment-000000000002-/));
});

test('several appends share one sync, and none resolves before it', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  const told: number[] = [];
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      await append(spool, Buffer.from(`body ${index}`));
      told.push((await stat((await listSegments(folder))[0]?.path ?? '')).size);
    }),
  );
  expect(new Set(told)).toEqual(new Set([spool.fill.bytes]));
});

test('keeps nothing in a file that was deleted', async () => {
  const folder = await makeFolder();
  const spool = await open(folder);
  await append(spool, Buffer.from('first'));
  const [segment] = await listSegments(folder);
  await rm(segment?.path ?? '');
  await expect(append(spool, Buffer.from('second'))).rejects.toMatchObject({ code: 'spool_failed' });
  await append(spool, Buffer.from('third'));
  const [next] = await listSegments(folder);
  expect(await readBodies(next)).toEqual([Buffer.from('third')]);
});

describe('a folder belongs to one program', () => {
  test('names the holder of a folder, and gets the folder after it was released', async () => {
    const folder = await makeFolder();
    const first = await open(folder);
    await expect(open(folder, mib, 0)).rejects.toMatchObject({
      code: 'spool_taken',
      message: expect.stringMatching(/process \d+/),
    });
    await first.close();
    await (await open(folder, mib, 0)).close();
  });

  test('names a folder that cannot be used', async () => {
    const folder = join(await makeFolder(), 'file');
    await writeFile(folder, '');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'spool_failed',
      message: expect.stringMatching(/--spool/),
    });
  });
});

async function readBodies(file: SegmentFile | undefined): Promise<Buffer[]> {
  if (file === undefined) throw new Error('there is no segment');
  return (await readParts(file)).bodies;
}

/** The bodies whose records are whole, and how many records are not. */
async function readParts(file: SegmentFile): Promise<{ bodies: Buffer[]; broken: number }> {
  const reader = await openSegment(file);
  const bodies: Buffer[] = [];
  let broken = 0;
  for await (const found of reader.walk()) {
    const body = found.kind === 'record' ? await reader.readBody(found) : null;
    if (body !== null) bodies.push(body);
    else if (found.kind !== 'torn') broken++;
  }
  await reader.close();
  return { bodies, broken };
}

async function listFound(file: SegmentFile): Promise<string[]> {
  const reader = await openSegment(file);
  const kinds: string[] = [];
  for await (const { kind } of reader.walk()) kinds.push(kind);
  await reader.close();
  return kinds;
}

async function readEdges(file: SegmentFile): Promise<number[]> {
  const reader = await openSegment(file);
  const edges: number[] = [];
  for await (const { end } of reader.walk()) edges.push(end);
  await reader.close();
  return edges;
}

function makeLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  return { log: pino({}, { write: (line: string) => void lines.push(line) }), lines };
}

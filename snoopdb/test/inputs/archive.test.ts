import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Archive, openArchive } from '../../src/inputs/archive.ts';
import { recognizeTar } from '../../src/inputs/recognize-tar.ts';
import { createInput } from '../../src/inputs/load-input.ts';
import { createTar, type TarMember } from '../support/tar.ts';

const isWanted = (path: string): boolean => path.endsWith('.log') || path.endsWith('.log.gz');

/** Opens an archive that arrives in pieces of this many bytes. */
function open(tar: Buffer, pieceBytes = 64 * 1024): Archive {
  async function* stream(): AsyncGenerator<Buffer> {
    for (let at = 0; at < tar.length; at += pieceBytes) yield tar.subarray(at, at + pieceBytes);
  }
  return openArchive(
    createInput('a.tar', {}, tar.length, false, () => ({ stream: stream() })),
    { isWanted },
  );
}

interface ReadFile {
  name: string;
  text: string;
  isCut: boolean;
}

async function readAll(archive: Archive): Promise<ReadFile[]> {
  const read: ReadFile[] = [];
  for await (const file of archive.files) {
    const found = { name: file.name, text: '', isCut: false };
    const onCut = (): void => {
      found.isCut = true;
    };
    for await (const piece of file.open(undefined, onCut)) found.text += piece.toString();
    read.push(found);
  }
  return read;
}

const log = (name: string, lines: number): TarMember => ({ name, content: `${name}\n`.repeat(lines) });

test.each([17, 511, 512, 513, 4096, 64 * 1024])('reads wanted files from pieces of %i bytes', async (pieceBytes) => {
  const files = [log('./a/audit.log', 4000), log('b/other.txt', 3000), log('b/empty.log', 0), log('b/audit.log', 1)];
  const tar = await createTar(files);
  const packed = await createTar([...files, { name: 'c/audit.log.gz', content: gzipSync('packed\n') }]);
  for (const [bytes, more] of [
    [tar, []],
    [packed, [{ name: 'a.tar/c/audit.log.gz', text: 'packed\n', isCut: false }]],
    [gzipSync(packed), [{ name: 'a.tar/c/audit.log.gz', text: 'packed\n', isCut: false }]],
  ] as const) {
    const archive = open(bytes, pieceBytes);
    expect(await readAll(archive)).toEqual([
      { name: 'a.tar/./a/audit.log', text: './a/audit.log\n'.repeat(4000), isCut: false },
      { name: 'a.tar/b/empty.log', text: '', isCut: false },
      { name: 'a.tar/b/audit.log', text: 'b/audit.log\n', isCut: false },
      ...more,
    ]);
    expect(archive).toMatchObject({ others: 1, isCut: false });
  }
});

test('reads up to the cut, wherever it is', async () => {
  const tar = await createTar([log('audit-1.log', 100), log('audit.log', 5000)]);
  const whole = (await readAll(open(tar))).map(({ text }) => text).join('');
  for (const bytes of [100, 512, 700, 2047, 2048, 2500, 30_000, 30_001, tar.length - 1024]) {
    for (const pieceBytes of [512, 7000, 1 << 20]) {
      const archive = open(tar.subarray(0, bytes), pieceBytes);
      const read = await readAll(archive);
      expect(archive.isCut, String(bytes)).toBe(true);
      const text = read.map((file) => file.text).join('');
      expect(whole.startsWith(text)).toBe(true);
      // All that the cut left: content without headers and padding.
      expect(text.length).toBe(countContent(tar, bytes));
      expect(read.slice(0, -1).every((file) => !file.isCut)).toBe(true);
    }
  }
});

/** Content of the two files above in the first bytes. */
function countContent(tar: Buffer, bytes: number): number {
  const first = 'audit-1.log\n'.length * 100;
  const second = 512 + Math.ceil(first / 512) * 512;
  const length = 'audit.log\n'.length * 5000;
  expect(tar.subarray(second, second + 9).toString()).toBe('audit.log');
  return Math.min(Math.max(bytes - 512, 0), first) + Math.min(Math.max(bytes - second - 512, 0), length);
}

test('a truncated gzip archive is cut', async () => {
  const packed = gzipSync(await createTar([log('audit.log', 5000)]));
  const archive = open(packed.subarray(0, -20));
  const [file] = await readAll(archive);
  expect(file?.isCut).toBe(true);
  expect(archive.isCut).toBe(true);
});

test('what is not read of a file is skipped', async () => {
  const archive = open(await createTar([log('a.log', 50_000), log('b.log', 50_000), log('c.log', 1)]), 4096);
  const names: string[] = [];
  for await (const file of archive.files) {
    names.push(file.name);
    expect(await file.peek()).toBe('something');
    if (file.name === 'a.tar/b.log') for await (const _piece of file.open()) break;
    await file.close();
  }
  expect(names).toEqual(['a.tar/a.log', 'a.tar/b.log', 'a.tar/c.log']);
});

test('members without content and outside of the archive are only names', async () => {
  const archive = open(
    await createTar([
      { name: 'link.log', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'hard.log', type: 'link', linkname: 'audit.log' },
      { name: 'device.log', type: 'character-device' },
      { name: 'pipe.log', type: 'fifo' },
      { name: 'folder.log', type: 'directory' },
      log('../../etc/audit.log', 1),
      log('/abs/audit.log', 1),
      log(`${'long/'.repeat(800)}audit.log`, 1),
    ]),
  );
  const read = await readAll(archive);
  expect(read.map(({ name }) => (name.length > 100 ? `${name.length} characters` : name))).toEqual([
    'a.tar/../../etc/audit.log',
    'a.tar//abs/audit.log',
    '407 characters',
  ]);
  expect(archive.others).toBe(0);
});

test('reads 100,000 members', async () => {
  const header = (await createTar([{ name: 'a.txt' }])).subarray(0, 512);
  const members = Array.from({ length: 100_000 }, () => header);
  const archive = open(Buffer.concat([...members, await createTar([log('audit.log', 1)])]));
  expect((await readAll(archive)).map(({ name }) => name)).toEqual(['a.tar/audit.log']);
  expect(archive.others).toBe(100_000);
});

/** A header with a field that tar-stream would not write. */
function changeHeader(tar: Buffer, start: number, text: string): Buffer {
  const changed = Buffer.from(tar);
  changed.write(text, start, 'latin1');
  changed.fill(' ', 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

const plain = await createTar([log('audit.log', 100)]);
const typeStart = 156;
const sizeStart = 124;

test.each([
  [
    'a damaged header',
    Buffer.concat([plain.subarray(0, 2048), Buffer.alloc(512, 'x'), Buffer.alloc(2048)]),
    'a.tar cannot be read: a header in it is damaged.',
  ],
  ['an old sparse file', changeHeader(plain, typeStart, 'S'), 'is stored as a sparse file'],
  [
    'a pax sparse file',
    await createTar([
      { ...log('GNUSparseFile.1/audit.log', 1), pax: { 'GNU.sparse.major': '1', 'GNU.sparse.name': 'audit.log' } },
    ]),
    'a.tar/audit.log is stored as a sparse file',
  ],
  [
    'a size that is not a number',
    await createTar([{ ...log('audit.log', 1), pax: { size: 'many' } }]),
    'a header in it is damaged',
  ],
  ['a negative size', await createTar([{ ...log('audit.log', 1), pax: { size: '-1' } }]), 'a header in it is damaged'],
])('refuses %s', async (_case, tar, message) => {
  await expect(readAll(open(tar))).rejects.toMatchObject({
    code: 'unreadable_input',
    message: expect.stringContaining(message),
  });
});

test('refuses a header of gigabytes, in bounded memory', async () => {
  const header = changeHeader(changeHeader(plain.subarray(0, 512), typeStart, 'x'), sizeStart, '77777777777\0');
  let passed = 0;
  async function* stream(): AsyncGenerator<Buffer> {
    yield header;
    for (;;) {
      yield Buffer.alloc(1 << 20);
      passed += 1 << 20;
    }
  }
  const archive = openArchive(
    createInput('a.tar', {}, null, false, () => ({ stream: stream() })),
    { isWanted },
  );
  await expect(readAll(archive)).rejects.toThrow('a header in it is larger than');
  expect(passed).toBeLessThan(32 << 20);
});

test('a file larger than its archive is cut', async () => {
  const archive = open(changeHeader(plain, sizeStart, '77777777777\0'));
  const [file] = await readAll(archive);
  expect(file).toMatchObject({ isCut: true, text: expect.stringContaining('audit.log\n'.repeat(100)) });
});

test('is recognized by its content', async () => {
  expect(recognizeTar(plain)).toBe(true);
  expect(recognizeTar(plain.subarray(0, 200))).toBeNull();
  expect(recognizeTar(Buffer.from('{"kind"'))).toBe(false);
  expect(recognizeTar(Buffer.from('2026 x\n'))).toBe(false);
  expect(recognizeTar(Buffer.alloc(300, 'x'))).toBe(false);
  const input = createInput('a', {}, null, false, async () => ({
    stream: (async function* () {
      yield gzipSync(plain);
    })(),
  }));
  expect(await input.peek()).toBe('archive');
  expect(await input.peek()).toBe('archive');
  await input.close();
});

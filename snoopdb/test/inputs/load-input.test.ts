import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findInputs, type LoadInput } from '../../src/index.ts';
import { createIdleTimeout } from '../../src/inputs/idle-timeout.ts';
import { readInput } from '../../src/inputs/input.ts';
import { createLogFolder, type LogFolder, pipeInput } from '../support/log-files.ts';

let folder: LogFolder;
beforeAll(async () => {
  folder = await createLogFolder();
});
afterAll(() => folder.remove());

const find = (what: string, extensions?: string[]) =>
  findInputs(what, { cwd: folder.path, stdin: process.stdin, ...(extensions ? { extensions } : {}) });

const read = async (input: LoadInput | undefined): Promise<string> =>
  input ? (await readInput(input, { maxBytes: 1_000_000 })).toString() : 'no input';

describe('a file', () => {
  test('is read unchanged, and can be read again', async () => {
    const input = await folder.write('plain.json', '{"a":1}');
    expect([await read(input), await read(input), input.bytes, input.rawBytesRead()]).toEqual([
      '{"a":1}',
      '{"a":1}',
      7,
      7,
    ]);
  });

  test.each([
    ['packed', gzipSync('{"a":1}'), '{"a":1}'],
    ['packed several times', gzipSync(gzipSync(gzipSync('{"a":1}'))), '{"a":1}'],
    [
      'packed in two members, and packed again',
      gzipSync(Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')])),
      '{"a":1}',
    ],
    ['packed in two members', Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')]), '{"a":1}'],
    ['empty', Buffer.alloc(0), ''],
    ['of one byte', Buffer.from([0x1f]), '\x1f'],
  ])('%s is decompressed by its content, not by its name', async (name, content, expected) => {
    expect(await read(await folder.write(name, content))).toBe(expected);
  });

  test.each([
    ['cut', gzipSync(Buffer.alloc(100_000, 'abc')).subarray(0, 60)],
    ['of garbage', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(50, 0xff)])],
  ])('that is compressed and %s is an error', async (name, content) => {
    const input = await folder.write(`broken-${name}.gz`, content);
    await expect(read(input)).rejects.toMatchObject({
      code: 'unreadable_input',
      message: expect.stringMatching(/cannot be read: .+Nothing was loaded/),
    });
  });

  test.each([
    ['once', (packed: Buffer) => packed],
    ['twice', (packed: Buffer) => gzipSync(packed)],
    ['after a complete member', (packed: Buffer) => Buffer.concat([gzipSync('abc'), packed])],
  ])('that is compressed %s and cut yields what can be decompressed, on request', async (name, pack) => {
    const text = Array.from({ length: 50_000 }, (_, number) => `line ${number * 7919}\n`).join('');
    const packed = pack(gzipSync(text));
    for (const bytes of [packed.length, packed.length - 1, packed.length - 9, packed.length >> 1, 40]) {
      const input = await folder.write(`cut-${name}-${bytes}.gz`, packed.subarray(0, bytes));
      const pieces: Buffer[] = [];
      let isCut = false;
      const onCut = (): void => {
        isCut = true;
      };
      for await (const piece of input.open(undefined, onCut)) pieces.push(piece);
      const read = Buffer.concat(pieces).toString().replace(/^abc/, '');
      expect([text.startsWith(read), isCut]).toEqual([true, bytes < packed.length]);
      if (bytes >= packed.length - 9) expect(read.length).toBeGreaterThan(text.length - 200_000);
      if (bytes === packed.length >> 1) expect(read.length).toBeGreaterThan(text.length / 4);
      if (bytes === packed.length) expect(read).toBe(text);
    }
  });

  test.each([
    ['of little endian', Buffer.from([0xff, 0xfe, 0x7b, 0])],
    ['of big endian', Buffer.from([0xfe, 0xff, 0, 0x7b])],
    ['that is packed', gzipSync(Buffer.from([0xff, 0xfe]))],
  ])('in UTF-16 %s is refused with advice', async (name, content) => {
    const refused = {
      code: 'unreadable_input',
      message: expect.stringMatching(/ is UTF-16, not UTF-8\. Convert it: .*iconv -f UTF-16 -t UTF-8/),
    };
    await expect(read(await folder.write(`utf-16-${name}`, content))).rejects.toMatchObject(refused);
    await expect(read(await pipeInput([...content].map((byte) => Buffer.from([byte]))))).rejects.toMatchObject(refused);
  });

  test('in UTF-16 is refused with the command that converts it', async () => {
    await folder.write('utf 16', Buffer.from([0xff, 0xfe]));
    await folder.write('utf16.gz', gzipSync(Buffer.from([0xff, 0xfe])));
    const refuse = async (name: string): Promise<string> => {
      const options = { cwd: folder.path, stdin: process.stdin, pipedTo: 'snoop resolve -' };
      const [input] = await findInputs(name, options);
      return read(input).catch((error: Error) => error.message);
    };
    expect(await refuse('utf 16')).toMatch(/Convert it: iconv -f UTF-16 -t UTF-8 'utf 16' \| snoop resolve -$/);
    expect(await refuse('utf16.gz')).toMatch(/: gunzip -c utf16.gz \| iconv -f UTF-16 -t UTF-8 \| snoop resolve -$/);
  });

  test.each([
    ['empty', Buffer.alloc(0), 'nothing'],
    ['of blanks and zeros', Buffer.from(' \r\n\t\0'), 'nothing'],
    ['an empty file, packed', gzipSync(''), 'nothing'],
    ['packed and cut off', gzipSync('{"a":1}').subarray(0, 11), 'cut off'],
    ['blanks and more', Buffer.from(' \n{}'), 'something'],
    ['packed', gzipSync('{"a":1}'), 'something'],
  ])('%s can be inspected, and is then read from its beginning', async (name, content, expected) => {
    const pieces = [...content].map((byte) => Buffer.from([byte]));
    for (const input of [await folder.write(`look-${name}`, content), await pipeInput(pieces)]) {
      expect(await input.peek()).toBe(expected);
      if (expected === 'cut off') await input.close();
      else expect(await read(input)).toBe(content[0] === 0x1f ? gunzipSync(content).toString() : content.toString());
    }
  });

  test('that is compressed counts decompressed bytes, not read bytes', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000));
    const input = await folder.write('dense.gz', packed);
    const shares: number[] = [];
    for await (const _piece of input.open()) shares.push(input.rawBytesRead() / packed.length);
    expect(shares[0]).toBeLessThan(0.1);
    expect(shares[shares.length >> 1]).toBeLessThan(0.6);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(input.rawBytesRead()).toBe(packed.length);
  });

  test('that is a zip bomb ends at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await expect(read(await folder.write('bomb', bomb))).rejects.toMatchObject({
      code: 'unreadable_input',
      message: expect.stringContaining('larger than 1000000 bytes'),
    });
  });

  test('that unpacks to more than a GiB of zeros ends there', async () => {
    const layer = gzipSync(Buffer.alloc(64 << 20));
    const input = await folder.write('zeros.gz', gzipSync(Buffer.concat(Array.from({ length: 40 }, () => layer))));
    let bytes = 0;
    const readAll = async (): Promise<void> => {
      for await (const piece of input.open()) bytes += piece.length;
    };
    await expect(readAll()).rejects.toThrow(
      'zeros.gz cannot be read: it is larger than 1 GiB unpacked, and more than 500 times its size. Nothing was loaded.',
    );
    expect(bytes).toBeLessThan(2 ** 30 + (1 << 20));
  });

  test('that is a sparse file of terabytes is refused at once', async () => {
    await folder.write('sparse.log', '');
    await truncate(join(folder.path, 'sparse.log'), 2 ** 40);
    const [input] = await find('sparse.log');
    await expect(read(input)).rejects.toThrow('sparse.log cannot be read: it is larger than 64 GiB.');
  });

  test('that does not exist is an error', async () => {
    await expect(find('nowhere.json')).rejects.toMatchObject({
      code: 'unreadable_input',
      message: expect.stringContaining('nowhere.json cannot be read: it does not exist'),
    });
  });

  test('can be aborted while it is read', async () => {
    const input = await folder.write('long', Buffer.alloc(5_000_000));
    const stop = new AbortController();
    const pieces = input.open(stop.signal);
    await pieces.next();
    stop.abort(new Error('enough'));
    await expect(
      (async () => {
        for await (const _piece of pieces);
      })(),
    ).rejects.toThrow('enough');
  });
});

test('lists the files of a directory and below it, by name', async () => {
  await mkdir(join(folder.path, 'logs', 'b', 'c'), { recursive: true });
  for (const name of ['b/c/2.json', 'b/1.json.gz', 'a.json', 'note.txt']) {
    await writeFile(join(folder.path, 'logs', name), name);
  }
  await symlink(join(folder.path, 'logs', 'a.json'), join(folder.path, 'logs', 'link.json'));
  await symlink(join(folder.path, 'logs'), join(folder.path, 'logs', 'b', 'circle'));
  const names = (inputs: LoadInput[]) => inputs.map((input) => input.name);
  expect(names(await find('logs'))).toEqual([
    'logs/a.json',
    'logs/b/1.json.gz',
    'logs/b/c/2.json',
    'logs/link.json',
    'logs/note.txt',
  ]);
  expect(names(await find('logs', ['.json']))).toEqual([
    'logs/a.json',
    'logs/b/1.json.gz',
    'logs/b/c/2.json',
    'logs/link.json',
  ]);
  await expect(find('logs', ['.yaml'])).rejects.toMatchObject({
    code: 'unreadable_input',
    message: expect.stringContaining('no file whose name ends in .yaml'),
  });
});

test('a folder with too many entries is refused', async () => {
  await mkdir(join(folder.path, 'many/below'), { recursive: true });
  for (const name of ['a', 'below/b', 'below/c']) await writeFile(join(folder.path, 'many', name), '');
  const findMany = (maxEntries: number) =>
    findInputs('many', { cwd: folder.path, stdin: process.stdin, maxEntries }).then((found) => found.length);
  expect(await findMany(4)).toBe(3);
  await expect(findMany(3)).rejects.toThrow('many cannot be read: it has more than 3 files.');
});

test('reads standard input in pieces of any size', async () => {
  const packed = gzipSync('{"a":1}');
  expect(await read(await pipeInput([...packed].map((byte) => Buffer.from([byte]))))).toBe('{"a":1}');
});

describe('a URL', () => {
  let base = '';
  const server = createServer((request, response) => {
    switch (request.url) {
      case '/plain':
        response.end('{"a":1}');
        break;
      case '/packed':
        response.end(gzipSync('{"a":1}'));
        break;
      case '/packed-by-the-transport':
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync('{"a":1}'));
        break;
      case '/part':
        response.statusCode = 206;
        response.end('{"a"');
        break;
      case '/echo?token=secret':
        response.end(`${request.headers.authorization} ${request.url}`);
        break;
      case '/lost':
        response.setHeader('content-length', 1000);
        response.write('{"a"', () => response.destroy());
        break;
      default:
        response.statusCode = 404;
        response.end();
    }
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each(['/plain', '/packed', '/packed-by-the-transport'])('%s is fetched', async (path) => {
    const [input] = await find(base + path);
    expect(await read(input)).toBe('{"a":1}');
  });

  test('is requested with credentials and query, which its name omits', async () => {
    const address = new URL('/echo?token=secret', base);
    address.username = 'user';
    address.password = 's%3Ae';
    const [input] = await find(address.href);
    expect(await read(input)).toBe(`Basic ${Buffer.from('user:s:e').toString('base64')} /echo?token=secret`);
    expect(input?.name).toBe(`${base}/echo`);
  });

  test('has a size once it is open', async () => {
    const [input] = await find(`${base}/plain`);
    expect(input?.bytes).toBe(null);
    await read(input);
    expect(input?.bytes).toBe(7);
  });

  test.each([
    ['/nothing', /answered 404/],
    ['/lost', /cannot be read/],
    ['/part', /answered 206/],
  ])('%s is an error', async (path, message) => {
    const [input] = await find(base + path);
    await expect(read(input)).rejects.toMatchObject({
      code: 'unreadable_input',
      message: expect.stringMatching(message),
    });
  });
});

describe('a server that sends next to nothing is given up', () => {
  async function* trickle(pieces: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < pieces; index += 1) {
      await setTimeout(20);
      yield Buffer.alloc(1);
    }
    await setTimeout(10_000, undefined, { ref: false });
  }
  const readWithin = async (windowMs: number, pieces: number): Promise<string> => {
    const timeout = createIdleTimeout(undefined, { windowMs });
    const aborted = new Promise<never>((_resolve, reject) => {
      timeout.signal.addEventListener('abort', () => reject(timeout.signal.reason));
    });
    const readAll = async (): Promise<void> => {
      for await (const _piece of timeout.read(trickle(pieces)));
    };
    return Promise.race([readAll(), aborted]).then(
      () => 'read',
      (error: Error) => error.message,
    );
  };

  test.each([
    [1_000, /^the server sent only \d+ bytes in 0.2 s$/],
    [0, /^the server sent nothing for 0.2 s$/],
  ])('after %i pieces', async (pieces, message) => {
    expect(await readWithin(200, pieces)).toMatch(message);
  });
});

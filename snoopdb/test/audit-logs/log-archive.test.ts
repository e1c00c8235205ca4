import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openLogArchive } from '../../src/audit-logs/log-archive.ts';
import { findReleaseInLogs } from '../../src/audit-logs/release-in-logs.ts';
import { createInput } from '../../src/inputs/load-input.ts';
import { createTar } from '../support/tar.ts';

const inner = await createTar([{ name: 'audit.log', content: '{}\n' }]);

const readArchive = (tar: Buffer) =>
  createInput('a.tar', {}, tar.length, true, () => ({ stream: Readable.from([tar]) }));

async function listLogs(tar: Buffer): Promise<string[]> {
  const names: string[] = [];
  for await (const log of openLogArchive(readArchive(tar), {}).files) names.push(log.name);
  return names;
}

test.each([
  ['audit.log', inner],
  ['audit.log.gz', gzipSync(inner)],
  ['audit.tar.gz', gzipSync(inner)],
])('an archive in an archive, named %s, is refused', async (name, content) => {
  const tar = await createTar([
    { name: 'kube-apiserver-audit.log', content: '{}\n' },
    { name, content },
  ]);
  const message = `a.tar/${name} is an archive in an archive, which this program does not read.`;
  await expect(listLogs(tar)).rejects.toThrow(message);
  const { signal } = new AbortController();
  await expect(findReleaseInLogs([readArchive(tar)], { signal })).rejects.toThrow(message);
});

test('an archive of thousands of tiny logs is refused', async () => {
  const member = inner.subarray(0, 1024);
  const tar = Buffer.concat([...Array.from({ length: 10_001 }, () => member), Buffer.alloc(1024)]);
  await expect(listLogs(tar)).rejects.toThrow('a.tar has more than 10,000 audit logs');
});

test('the release is not searched in millions of lines', async () => {
  let passed = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      passed += 1;
      yield Buffer.alloc(1 << 20, 'x\n');
    }
  }
  const input = createInput('audit.log', {}, null, true, () => ({ stream: endless() }));
  expect(await findReleaseInLogs([input], { signal: new AbortController().signal })).toBe(null);
  expect(passed).toBeLessThan(10);
}, 30_000);

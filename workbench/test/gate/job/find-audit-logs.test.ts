import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findAuditLogs } from '../../../src/gate/job/find-audit-logs.ts';

const day = BigInt(86_400_000) << 22n;
const newest = 2046067954545594368n;
const builds = { tooOld: newest - 4n * day, passed: newest - day, failed: newest - 2n, newest };

/** A bucket with objects by their names, as Google Cloud Storage answers. */
async function startBucket(objects: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://bucket');
    const names = Object.keys(objects).sort();
    if (url.pathname === '/storage/v1/b/ci-logs/o') {
      const { prefix = '', delimiter, startOffset = '' } = Object.fromEntries(url.searchParams);
      const found = names.filter((name) => name.startsWith(prefix) && name >= startOffset);
      const isFolder = (name: string): boolean => delimiter !== undefined && name.slice(prefix.length).includes('/');
      const folders = found.filter(isFolder).map((name) => `${prefix}${name.slice(prefix.length).split('/')[0]}/`);
      const items = found.filter((name) => !isFolder(name)).map((name) => ({ name }));
      return response.end(JSON.stringify({ prefixes: [...new Set(folders)], items }));
    }
    const content = objects[url.pathname.replace('/ci-logs/', '')];
    response.statusCode = content === undefined ? 404 : 200;
    return response.end(content ?? 'No such object');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ci-logs/logs/job`;
}

const log = (build: bigint, name: string): string => `logs/job/${build}/artifacts/audit/${name}`;
const commit = '0a'.repeat(20);
const started = (build: bigint): string => `logs/job/${build}/started.json`;
const finished = (build: bigint): string => `logs/job/${build}/finished.json`;
const signal = new AbortController().signal;

test('all logs of the newest successful run', async () => {
  const url = await startBucket({
    'logs/job/latest-build.txt': `${newest}\n`,
    [finished(builds.tooOld)]: '{"passed": true}',
    [finished(builds.passed)]: '{"passed": true, "result": "SUCCESS"}',
    [started(builds.passed)]: `{"timestamp": 1, "repo-commit": "${commit}"}`,
    [log(builds.passed, 'audit.log')]: 'a',
    [log(builds.passed, 'audit-2026-11-29T10-00-00.000.log.gz')]: 'a',
    [log(builds.passed, 'audit-endpoints.txt')]: 'a',
    [finished(builds.failed)]: '{"passed": false}',
    [log(builds.newest, 'audit.log')]: 'still running',
  });
  const base = url.replace('/logs/job', '');
  expect(await findAuditLogs(url, signal)).toEqual({
    commit,
    logs: [
      `${base}/${log(builds.passed, 'audit-2026-11-29T10-00-00.000.log.gz')}`,
      `${base}/${log(builds.passed, 'audit.log')}`,
    ],
  });
});

test.for<[string, Readonly<Record<string, string>>, string]>([
  ['no job', {}, 'latest-build.txt answered 404'],
  ['a page instead of a build', { 'logs/job/latest-build.txt': '<html>' }, 'names no build'],
  [
    'only an old run',
    { 'logs/job/latest-build.txt': `${newest}`, [finished(builds.tooOld)]: '{"passed": true}' },
    'no successful run of the last 3 days',
  ],
  [
    'a run without logs',
    { 'logs/job/latest-build.txt': `${newest}`, [finished(newest)]: '{"passed": true}' },
    'has no file artifacts/audit/audit*.log',
  ],
  [
    'a run without a commit',
    {
      'logs/job/latest-build.txt': `${newest}`,
      ...{
        [finished(newest)]: '{"passed": true}',
        [log(newest, 'audit.log')]: 'a',
        [started(newest)]: '{"repos": {}}',
      },
    },
    'names no commit',
  ],
  ['half a document', { 'logs/job/latest-build.txt': `${newest}`, [finished(newest)]: '{"passed": tr' }, 'is not JSON'],
])('none: %s', async ([, objects, why]) => {
  await expect(findAuditLogs(await startBucket(objects), signal)).rejects.toMatchObject({
    ...{ code: 'no_ci_run', exitCode: 3, message: expect.stringContaining(why) },
  });
});

test('refuses other URLs', async () => {
  for (const url of ['https://example.com', 'file:///etc/passwd', 'https://a/b/logs/../c', 'https://a/b/logs/c?d']) {
    await expect(findAuditLogs(url, signal)).rejects.toMatchObject({ code: 'wrong_use' });
  }
});

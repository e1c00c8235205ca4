import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from '../../../support/folder.ts';
import { makeCoverage, readContent, readMade, wholeLog } from './support/made-hits.ts';

const coverage = JSON.stringify(makeCoverage());
const log = `${wholeLog.join('\n')}\n`;

test.each([
  ['an empty file', ''],
  ['blanks alone', ' \n'.repeat(1000)],
  ['half of a coverage file', coverage.slice(0, coverage.length / 2)],
  ['a cut coverage file', gzipSync(coverage).subarray(0, 200)],
  ['a cut log without an event', gzipSync(log).subarray(0, 30)],
  ['a web page', '<!DOCTYPE html>\n<html></html>'],
  ['other JSON', '{"foo": 1}'],
  ['an OpenAPI document', '{"swagger": "2.0", "paths": {}}'],
  ['a list', 'endpoint: readCoreV1NamespacedPod\n'],
  ['a list of JSON', '[{"endpoint": "readCoreV1NamespacedPod"}]'],
  ['a coverage file with a repeated key', coverage.replace('"release":', '"release":"1.36.0","release":')],
  [
    'a coverage file with a repeated endpoint',
    coverage.replaceAll('listCoreV1NamespacedPod', 'readCoreV1NamespacedPod'),
  ],
  ['a coverage file without endpoints', JSON.stringify(makeCoverage({ endpoints: [] }))],
  ['a coverage file with a wrong field', JSON.stringify(makeCoverage({ endpoints: 'none' }))],
  ['UTF-16', Buffer.from(`\ufeff${coverage}`, 'utf16le')],
  ['a damaged gzip file', Buffer.concat([gzipSync(log).subarray(0, 40), Buffer.alloc(100, 7)])],
  ['a run that was changed', '{"format": "snoop-run", "version": 1, "run": {}}'],
])('%s is a problem', async (_case, content) => {
  const { source, ...hits } = await readContent('hits', content);
  expect(source.problems.map(dropPlace)).toMatchSnapshot();
  expect(source.problems).toHaveLength(1);
  expect(hits).toEqual({ endpoints: [], unknown: [], undecided: [], tests: [], incomplete: [] });
});

/** Newer versions of Node add the line and column. */
function dropPlace(problem: string): string {
  return problem.replace(/ \(line \d+ column \d+\)/, '');
}

async function readProblem(name: string, cwd: string, limits = {}): Promise<readonly string[] | undefined> {
  const [hits] = await readMade([name], { cwd, limits });
  return hits?.source.problems;
}

test('a missing file, a wrong URL, and folders without a log are problems', async () => {
  const cwd = await makeFolder();
  await mkdir(join(cwd, 'empty'));
  await mkdir(join(cwd, 'two'));
  await writeFile(join(cwd, 'two/1.json'), coverage);
  await writeFile(join(cwd, 'two/2.json'), coverage);
  await mkdir(join(cwd, 'mixed'));
  await writeFile(join(cwd, 'mixed/audit.log'), log);
  await writeFile(join(cwd, 'mixed/kube-audit.log'), coverage);
  const found = await Promise.all(
    ['missing', 'http://', 'empty', 'two', 'mixed'].map((name) => readProblem(name, cwd)),
  );
  expect(found).toMatchInlineSnapshot(`
    [
      [
        "missing cannot be read: it does not exist. Give a whole coverage file, audit log, or folder of audit logs.",
      ],
      [
        "http:// is not a URL. Give a whole coverage file, audit log, or folder of audit logs.",
      ],
      [
        "empty has no file. Name files, or another directory.",
      ],
      [
        "two has several documents. Give each with its own --hits.",
      ],
      [
        "mixed/kube-audit.log is a document beside audit logs. Give each with its own --hits.",
      ],
    ]
  `);
});

test.skipIf(process.getuid?.() === 0)('a file without the right to read it is a problem', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'hits'), coverage);
  await chmod(join(cwd, 'hits'), 0);
  expect(await readProblem('hits', cwd)).toEqual([
    'hits cannot be read: permission denied. Give a readable coverage file, audit log, or folder of audit logs.',
  ]);
});

test('a pipe without a writer is a problem', async () => {
  const cwd = await makeFolder();
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  expect(await readProblem('pipe', cwd, { idleMs: 50 })).toMatchInlineSnapshot(`
    [
      "pipe cannot be read: it sent nothing for 0.05 s. Give a whole coverage file, audit log, or folder of audit logs.",
    ]
  `);
});

test('a URL that hangs, sends a page, or is missing is a problem', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/missing?token=1') response.writeHead(404).end();
    else if (request.url === '/page?token=1') response.end('<html></html>');
    else response.write(log.slice(0, 100));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const cwd = await makeFolder();
  const read = (path: string, limits = {}): Promise<readonly string[] | undefined> =>
    readProblem(`http://127.0.0.1:${port}/${path}?token=1`, cwd, limits);
  const found = [await read('page'), await read('missing'), await read('hangs', { idleMs: 300 })];
  const [{ source } = {}] = await readMade([`http://ada:secret@127.0.0.1:${port}/page?token=1`], { cwd });
  expect(source?.name).toBe(`http://127.0.0.1:${port}/page`);
  expect(found.map((problems) => problems?.map((one) => one.replace(`:${port}`, '')))).toMatchInlineSnapshot(`
    [
      [
        "http://127.0.0.1/page is a web page. Give the address of the file itself: on github.com, of its raw content.",
      ],
      [
        "http://127.0.0.1/missing cannot be read: the server answered 404 Not Found. Give a whole coverage file, audit log, or folder of audit logs.",
      ],
      [
        "http://127.0.0.1/hangs cannot be read: it sent nothing for 0.3 s. Give a whole coverage file, audit log, or folder of audit logs.",
      ],
    ]
  `);
});

test('an input that is too large is a problem', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'audit.log'), log);
  await writeFile(join(cwd, 'zeros'), 'x'.repeat(300_000));
  expect(await readProblem('audit.log', cwd, { logBytes: 1024 })).toMatchInlineSnapshot(`
    [
      "audit.log is larger than 1.0 KiB unpacked. Give the log of one run.",
    ]
  `);
  expect(await readProblem('zeros', cwd, { bytesWithoutEvent: 100_000 })).toMatchInlineSnapshot(`
    [
      "The first 97.7 KiB of zeros have no audit event. Give an audit log or a coverage file.",
    ]
  `);
});

test('db without a SnoopDB is a problem', async () => {
  expect(await readProblem('db', await makeFolder())).toEqual([
    "SnoopDB cannot be read: this test has no database. 'snoop doctor' finds out why.",
  ]);
});

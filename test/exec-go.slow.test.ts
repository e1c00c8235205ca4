import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findProgram } from './manifests/programs.ts';
import { startOwnControlPlane } from './support/control-plane.ts';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { makeFolder, runSnoop } from './support/snoop.ts';

const source = fileURLToPath(new URL('support/go-client', import.meta.url));

/** Builds the client; its modules come from the Go module proxy or Go's cache. */
async function buildClient(go: string): Promise<string> {
  const folder = await makeFolder();
  await cp(source, folder, { recursive: true });
  const env = { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', GOTOOLCHAIN: 'local' };
  await promisify(execFile)(go, ['build', '-o', 'client', '.'], { cwd: folder, env, timeout: 900_000 });
  return join(folder, 'client');
}

test('a Go client is recorded: protobuf over HTTP/2, a watch, a dry run in DeleteOptions', {
  timeout: 1_200_000,
}, async (context) => {
  const go = findProgram('go');
  if (go === null) return context.skip('no go on PATH: no Go client was recorded');
  const client = await buildClient(go).catch((error: unknown) => {
    if (/dial tcp|no such host|module lookup disabled|requires go /.test(String(error))) return String(error);
    throw error;
  });
  if (!client.startsWith('/'))
    return context.skip(`client-go cannot be built here, no Go client was recorded: ${client}`);
  const state = await startOwnControlPlane();
  const ended = await runSnoop(['exec', '--state', state, '--', client, 'default']);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const report = parseReport(await runSnoop(['report', '--state', state, '--output', 'json']));
  expectAllRecorded(report);
  expect(report.clients).toEqual([{ agent: 'go-client/1', requests: 5, endpoints: 4 }]);
  expect(hitsOf(report)).toEqual({
    createCoreV1NamespacedConfigMap: 1,
    deleteCoreV1NamespacedConfigMap: 1,
    listCoreV1NamespacedConfigMap: 1,
    readCoreV1NamespacedConfigMap: 1,
  });
  expect(report.unsuccessful.map(({ method, reason }) => `${method} ${reason}`)).toEqual(['DELETE dry run']);
});

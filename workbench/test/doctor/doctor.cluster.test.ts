import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { command } from '../../src/cli/doctor.ts';
import { createLayout } from '../../src/control-plane/layout.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readState } from '../../src/control-plane/state.ts';
import { readEnvironment } from '../../src/environment.ts';
import { findProgram } from '../../src/find-program.ts';
import { runCommand } from '../support/ask.ts';
import { openShared } from '../support/control-plane.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openOwnClient } from '../support/own-client.ts';
import { readReport, runDoctor, toBase64, writeNamedKubeconfig } from './support.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
const faketime = findProgram('faketime', readEnvironment().path);

let controlPlane: ControlPlane;
let database: OpenDatabase;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

/** Other tests create and delete custom resources meanwhile, which changes the OpenAPI document. */
const allRight = {
  ...{ kubeconfig: 'ok', cluster: 'ok', rights: 'ok', snoopdb: 'ok', baseline: 'ok', auditlogger: 'ok' },
  ...{ probe: 'ok', policy: 'ok', document: expect.stringMatching(/^(ok|document_outdated)$/) },
  ...{ apiservers: 'ok', clocks: 'ok', versions: 'ok' },
};
const afterCluster = {
  ...{ rights: 'not checked', probe: 'not checked', policy: 'not checked', document: 'not checked' },
  ...{ apiservers: 'not checked' },
};

/** The shared cluster under another name, with another user. */
async function nameCluster(user: Readonly<Record<string, unknown>>): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  const { caData } = config.getCurrentCluster() ?? {};
  const server = controlPlane.apiserver.url.replace('127.0.0.1', 'localhost');
  const cluster = { server, 'certificate-authority-data': caData, 'tls-server-name': 'kubernetes' };
  return writeNamedKubeconfig(cluster, user);
}

function adminToken(): string {
  return readState(createLayout(controlPlane.folder))?.tokens.admin ?? '';
}

async function listNames(): Promise<string[]> {
  const api = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  const maps = await api.listNamespacedConfigMap({ namespace: 'default' });
  const namespaces = await api.listNamespace();
  return [...maps.items, ...namespaces.items].map(({ metadata }) => metadata?.name ?? '');
}

test('finds everything all right, prints no secret and leaves nothing behind', async () => {
  const { found, stdout, sentence, exitCode } = await runDoctor(controlPlane.folder);
  expect(found).toEqual(allRight);
  expect(exitCode).toBe(found.document === 'ok' ? 0 : 1);
  expect(sentence('probe')).toMatch(/^get namespaces \(Audit-ID [0-9a-f-]{36}\) was in SnoopDB \d+ ms/);
  expect(sentence('probe')).toContain(controlPlane.source);
  expect(sentence('versions')).toMatch(/snoop .*Node\.js .*Kubernetes 1\.37\.2.*etcd .*PostgreSQL .*auditlogger /);
  const layout = createLayout(controlPlane.folder);
  const secrets = await Promise.all(
    [layout.auditloggerToken, layout.statusToken].map((file) => readFile(file, 'utf8')),
  );
  for (const secret of [adminToken(), new URL(controlPlane.snoopdb.url).password, ...secrets]) {
    expect(secret.length).toBeGreaterThan(8);
    expect(stdout).not.toContain(secret.trim());
  }
  expect((await listNames()).filter((name) => name.startsWith('snoop-probe'))).toEqual([]);
});

test('prints a line for each station, and the advice below a fault', async () => {
  const args = ['--state', controlPlane.folder, '--database-url', 'postgresql://ada:hunter2@127.0.0.1:1/x'];
  const { exitCode, stdout } = await runCommand(command, await makeFolder(), args);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✓ API server +https:.* answers: Kubernetes 1\.37\.2/m);
  expect(stdout).toMatch(/^✗ SnoopDB +SnoopDB at 127\.0\.0\.1:1\/x does not answer: .*ECONNREFUSED.*\n +Start it,/m);
  expect(stdout).toMatch(/^– probe request +Not checked, because SnoopDB cannot be used\.$/m);
  expect(stdout).toMatch(/^1 thing is wrong, \d not checked\.$/m);
  expect(stdout).not.toContain('hunter2');
});

test.for<[what: string, path: string, fault: string]>([
  ['has no schema', '/postgres', 'schema_missing'],
  ['does not exist', '/missing', 'database_refuses'],
])('reports a database that %s', async ([, path, fault]) => {
  const url = Object.assign(new URL(controlPlane.snoopdb.url), { pathname: path });
  const { found } = await runDoctor(controlPlane.folder, '--database-url', url.href);
  expect(found).toEqual({
    ...{ ...allRight, snoopdb: fault, baseline: 'not checked', probe: 'not checked', policy: 'not checked' },
    ...{ document: 'not checked', apiservers: 'not checked' },
  });
});

test('learns the source of a named cluster from the probe, and checks its auditlogger with --sink', async () => {
  const kubeconfig = await nameCluster({ token: adminToken() });
  const state = await makeFolder();
  const args = ['--kubeconfig', kubeconfig, '--database-url', controlPlane.snoopdb.url];
  const named = await runDoctor(state, ...args);
  expect(named.found).toEqual({ ...allRight, auditlogger: 'not checked' });
  expect(named.sentence('auditlogger')).toContain('--sink FILE');
  const sink = createLayout(controlPlane.folder).auditSink;
  expect((await runDoctor(state, ...args, '--sink', sink)).found).toEqual(allRight);
});

test('reports that the cluster sends its events elsewhere', async () => {
  const kubeconfig = await nameCluster({ token: adminToken() });
  const { url } = await makeDatabase();
  const args = ['--kubeconfig', kubeconfig, '--database-url', url, '--wait', '1'];
  const { exitCode, found, sentence } = await runDoctor(await makeFolder(), ...args);
  expect(exitCode).toBe(1);
  expect(found).toMatchObject({ baseline: 'no_baseline', probe: 'probe_missing', policy: 'not checked', clocks: 'ok' });
  expect(sentence('probe')).toContain('is not in SnoopDB after 1 s');
});

test('reports a wrong token, without printing it', async () => {
  const kubeconfig = await nameCluster({ token: 'wrong-token-of-ada' });
  const args = ['--kubeconfig', kubeconfig, '--database-url', controlPlane.snoopdb.url];
  const { exitCode, found, stdout } = await runDoctor(await makeFolder(), ...args);
  expect(exitCode).toBe(1);
  expect(found).toMatchObject({ kubeconfig: 'ok', cluster: 'credentials_refused', snoopdb: 'ok', ...afterCluster });
  expect(stdout).not.toContain('wrong-token');
});

test('reports that no credentials reach the cluster', async () => {
  const kubeconfig = await nameCluster({});
  const args = ['--kubeconfig', kubeconfig, '--database-url', controlPlane.snoopdb.url];
  const { found } = await runDoctor(await makeFolder(), ...args);
  expect(found).toMatchObject({ cluster: 'ok', rights: 'anonymous' });
});

test('reports missing rights', async () => {
  const kubeconfig = await nameCluster({
    token: readState(createLayout(controlPlane.folder))?.tokens.controllerManager,
  });
  const args = ['--kubeconfig', kubeconfig, '--database-url', controlPlane.snoopdb.url];
  const { found, sentence } = await runDoctor(await makeFolder(), ...args);
  expect(found).toMatchObject({ cluster: 'ok', rights: 'rights_missing', probe: 'ok' });
  expect(sentence('rights')).toMatch(/^The user system:kube-controller-manager may not .*create namespaces/);
});

test('reports an auditlogger that refuses the token of the sink kubeconfig, and one that is away', async () => {
  const layout = createLayout(controlPlane.folder);
  const ca = toBase64(await readFile(layout.partCa, 'utf8'));
  const writeSink = (server: string): Promise<string> =>
    writeNamedKubeconfig({ server, 'certificate-authority-data': ca }, { token: 'x'.repeat(64) });
  const refused = await writeSink(`${controlPlane.auditlogger.url}/events`);
  expect((await runDoctor(controlPlane.folder, '--sink', refused)).found).toEqual({
    ...allRight,
    auditlogger: 'auditlogger_refuses',
  });
  const away = await writeSink('https://127.0.0.1:1/events');
  const { exitCode, stdout } = await runCommand(command, await makeFolder(), [
    '--state',
    controlPlane.folder,
    '--sink',
    away,
  ]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /^✗ auditlogger +The auditlogger at https:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/m,
  );
});

test.skipIf(faketime === null)(
  `reports that this machine's clock is wrong${faketime === null ? " (skipped: Debian's faketime is not installed)" : ''}`,
  async () => {
    const words = [process.execPath, program, 'doctor', '--output', 'json', '--state', controlPlane.folder];
    const ended = await promisify(execFile)(faketime ?? '', ['-f', '+1h', ...words], {
      cwd: await makeFolder(),
      env: { PATH: process.env.PATH },
    }).catch((error: { code: number; stdout: string }) => error);
    const { exitCode, found, sentence } = readReport('code' in ended ? ended.code : 0, ended.stdout);
    expect(exitCode).toBe(1);
    expect(found).toEqual({ ...allRight, clocks: 'clock_here' });
    expect(sentence('clocks')).toMatch(/^This machine's clock is \d+(\.\d+)? (h|min) ahead of/);
  },
);

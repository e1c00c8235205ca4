import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../src/sink/certificates.ts';
import { makeFolder } from '../support/folder.ts';
import { runDoctor, toBase64, writeNamedKubeconfig } from './support.ts';

const afterCluster = {
  ...{ rights: 'not checked', snoopdb: 'no_database', baseline: 'not checked', auditlogger: 'not checked' },
  ...{ probe: 'not checked', policy: 'not checked', document: 'not checked', apiservers: 'not checked' },
  ...{ clocks: 'not checked', versions: 'ok' },
};
/** Expired a quarter of an hour ago: new certificates are valid from an hour ago. */
const expiredDays = -1 / 96;

async function serve(days: number, names: readonly string[]): Promise<{ server: string; ca: string }> {
  const ca = await createCa(1);
  const { certificate, key } = await ca.issue({ commonName: 'apiserver', usage: 'server', names, days });
  const server = createServer({ cert: certificate, key }, (_, answer) => void answer.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: ca.certificate };
}

test('reports that no cluster runs, and checks nothing else', async () => {
  const folder = await makeFolder();
  const { exitCode, found, sentence } = await runDoctor(folder);
  expect(exitCode).toBe(1);
  expect(found).toMatchObject({ kubeconfig: 'no_cluster', cluster: 'not checked', snoopdb: 'not checked' });
  expect(sentence('kubeconfig')).toContain(folder);
});

test('reports a kubeconfig that does not exist', async () => {
  const { exitCode, found } = await runDoctor(await makeFolder(), '--kubeconfig', 'missing');
  expect(exitCode).toBe(1);
  expect(found).toMatchObject({ kubeconfig: 'kubeconfig_unusable', cluster: 'not checked' });
});

test('reports a token file that does not exist, and sends nothing', async () => {
  const file = await writeNamedKubeconfig({ server: 'https://127.0.0.1:1' }, { tokenFile: 'missing' });
  const { found } = await runDoctor(await makeFolder(), '--kubeconfig', file);
  expect(found).toMatchObject({ kubeconfig: 'no_credentials', cluster: 'not checked' });
});

test('reports an expired client certificate, an expired token, and that nothing answers', async () => {
  const ca = await createCa(1);
  const client = await ca.issue({ commonName: 'ada', usage: 'client', days: expiredDays });
  const claims = toBase64(JSON.stringify({ exp: 1_700_000_000 }));
  const file = await writeNamedKubeconfig(
    { server: 'https://127.0.0.1:1' },
    {
      'client-certificate-data': toBase64(client.certificate),
      'client-key-data': toBase64(client.key),
      token: `eyJhbGciOiJub25l.${claims}.`,
    },
  );
  const { exitCode, found, stdout, sentence } = await runDoctor(await makeFolder(), '--kubeconfig', file);
  expect(exitCode).toBe(1);
  expect(found).toEqual({
    ...{ kubeconfig: 'client_certificate_expired token_expired', cluster: 'cluster_away' },
    ...afterCluster,
  });
  expect(sentence('cluster')).toContain('ECONNREFUSED');
  expect(stdout).not.toContain(claims);
});

test.for<[what: string, days: number, name: string, fault: string]>([
  ['expired', expiredDays, '127.0.0.1', 'server_certificate_dates'],
  ['for another name', 1, 'example.com', 'server_certificate'],
  ['of another server', 1, '127.0.0.1', 'not_kubernetes'],
])('reports a server certificate that is %s', async ([, days, name, fault]) => {
  const { server, ca } = await serve(days, [name]);
  const file = await writeNamedKubeconfig({ server, 'certificate-authority-data': toBase64(ca) }, { token: 'secret' });
  const { exitCode, found } = await runDoctor(await makeFolder(), '--kubeconfig', file);
  expect(exitCode).toBe(1);
  expect(found).toEqual({ kubeconfig: 'ok', cluster: fault, ...afterCluster });
});

test.for<[what: string, days: number, fault: string]>([
  ['an expired certificate', expiredDays, 'auditlogger_certificate'],
  ['another server', 1, 'auditlogger_other'],
])('reports %s behind a sink kubeconfig', async ([, days, fault]) => {
  const { server, ca } = await serve(days, ['127.0.0.1']);
  const cluster = { server: `${server}/events`, 'certificate-authority-data': toBase64(ca) };
  const sink = await writeNamedKubeconfig(cluster, { token: 'x'.repeat(64) });
  const folder = await makeFolder();
  const { found, stdout } = await runDoctor(folder, '--sink', sink);
  expect(found).toMatchObject({ kubeconfig: 'no_cluster', auditlogger: fault });
  expect(stdout).not.toContain('xxxx');
  const gone = await runDoctor(folder, '--sink', join(folder, 'missing'));
  expect(gone.found).toMatchObject({ auditlogger: 'sink_unusable' });
});

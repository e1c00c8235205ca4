import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { readServerAddress } from '../../src/sink/server-address.ts';
import type { Sink } from '../../src/sink/write-sink.ts';
import { makeFolder } from '../support/folder.ts';
import { snoopSink } from '../support/sink.ts';

const server = 'https://auditlogger.example:9900';

async function write(folder: string, ...args: string[]): Promise<Sink> {
  const { stdout } = await snoopSink(folder, 'sink', '--server', server, '--output', 'json', ...args);
  return JSON.parse(stdout);
}

test('lists its files and the flags that use them', async () => {
  const folder = await makeFolder();
  const { stdout, exitCode } = await snoopSink(folder, 'sink', '--server', server, '--source', 'my-cluster');
  expect(exitCode).toBe(0);
  const said = stdout.replaceAll(folder, '/FOLDER').replace(/until [\d-]+/, 'until DAY');
  expect(said).toMatchInlineSnapshot(`
    "Written to /FOLDER/sink:
      apiserver/ca.crt           the CA of the auditlogger's certificate
      apiserver/client.crt       the apiserver's certificate
      apiserver/client.key       its key
      apiserver/policy.yaml      records all requests, without bodies
      apiserver/sink.kubeconfig  the auditlogger's address, and the apiserver's credentials
      auditlogger/ca.crt         the CA of senders' certificates
      auditlogger/server.crt     the auditlogger's certificate
      auditlogger/server.key     its key
      ca/ca.crt                  the CA that signed all certificates
      ca/ca.key                  its key; keep it secret: it can sign certificates for senders

    Certificates are valid until DAY; --force creates new ones from the same CA.

    Flags of kube-apiserver:
      --audit-policy-file=/FOLDER/sink/apiserver/policy.yaml
      --audit-webhook-config-file=/FOLDER/sink/apiserver/sink.kubeconfig
      --audit-webhook-mode=batch
      --audit-webhook-batch-max-wait=100ms
      --audit-webhook-batch-max-size=3
      --audit-webhook-batch-buffer-size=50000
      --audit-webhook-batch-throttle-qps=3000
      --audit-webhook-batch-throttle-burst=3000

    Flags of the auditlogger:
      --listen=0.0.0.0:9900
      --tls-cert-file=/FOLDER/sink/auditlogger/server.crt
      --tls-key-file=/FOLDER/sink/auditlogger/server.key
      --client-ca-file=/FOLDER/sink/auditlogger/ca.crt
    "
  `);
  expect(await snoopSink(folder, 'check', join(folder, 'sink'))).toEqual({
    exitCode: 0,
    stdout: '3 files checked: nothing is wrong.\n',
    stderr: '',
  });
});

test('escapes names of folders for the terminal', async () => {
  const folder = await makeFolder();
  const name = 'a\u009b31m\u202eb';
  const { stdout } = await snoopSink(folder, name, '--server', server, '--output', 'json');
  expect(stdout).not.toMatch(/[\u009b\u202e]/);
  expect(JSON.parse(stdout)).toMatchObject({ folder: join(folder, name) });
});

test('secrets are readable by their owner only', async () => {
  const folder = await makeFolder();
  const { files } = await write(folder, '--token');
  const open = files.filter((name) => (statSync(join(folder, 'sink', name)).mode & 0o077) !== 0);
  expect(open).toEqual(['apiserver/ca.crt', 'apiserver/policy.yaml', 'auditlogger/server.crt', 'ca/ca.crt']);
});

test('certificates are for their use, for the given names, and for a year', async () => {
  const folder = await makeFolder();
  await write(folder, '--name', 'audit.internal', '--name', '10.1.2.3', '--name', 'fd00::5');
  const read = (name: string) => new X509Certificate(readFileSync(join(folder, 'sink', name)));
  const ca = read('ca/ca.crt');
  const [served, client] = [read('auditlogger/server.crt'), read('apiserver/client.crt')];
  for (const one of [served, client]) {
    expect(one.checkIssued(ca) && one.verify(ca.publicKey) && !one.ca).toBe(true);
    expect(Math.round((Date.parse(one.validTo) - Date.now()) / 86_400_000)).toBe(365);
    expect(Date.parse(one.validFrom)).toBeLessThan(Date.now());
  }
  expect([ca.ca, ca.verify(ca.publicKey)]).toEqual([true, true]);
  expect(served.subjectAltName).toBe(
    'DNS:auditlogger.example, DNS:audit.internal, IP Address:10.1.2.3, IP Address:FD00:0:0:0:0:0:0:5, DNS:localhost, IP Address:127.0.0.1',
  );
  expect([served.keyUsage, client.keyUsage]).toEqual([['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.2']]);
});

test('the kubeconfig is complete and readable by Kubernetes clients', async () => {
  const folder = await makeFolder();
  const { server: url } = await write(folder, '--source', 'east');
  const config = new KubeConfig();
  config.loadFromFile(join(folder, 'sink/apiserver/sink.kubeconfig'));
  expect(config.getCurrentCluster()?.server).toBe(url);
  expect(url).toBe('https://auditlogger.example:9900/events/east');
  const decode = (data: string | undefined): string => Buffer.from(data ?? '', 'base64').toString();
  const text = (name: string): string => readFileSync(join(folder, 'sink', name), 'utf8');
  expect(decode(config.getCurrentCluster()?.caData)).toBe(text('ca/ca.crt'));
  expect(decode(config.getCurrentUser()?.certData)).toBe(text('apiserver/client.crt'));
  expect(decode(config.getCurrentUser()?.keyData)).toBe(text('apiserver/client.key'));
});

test('--mount-path names files as the apiserver sees them', async () => {
  const folder = await makeFolder();
  const { apiserverFlags } = await write(folder, '--token', '--mount-path', '/etc/kubernetes/audit/');
  expect(apiserverFlags.slice(0, 2)).toEqual([
    '--audit-policy-file=/etc/kubernetes/audit/policy.yaml',
    '--audit-webhook-config-file=/etc/kubernetes/audit/sink.kubeconfig',
  ]);
  const text = readFileSync(join(folder, 'sink/apiserver/sink.kubeconfig'), 'utf8');
  expect(text).toContain('certificate-authority: /etc/kubernetes/audit/ca.crt');
  expect(text).toContain('tokenFile: /etc/kubernetes/audit/token');
  expect(text).not.toContain('-data');
});

test('overwrites nothing without --force, which keeps the CA and the previous token for a while', async () => {
  const folder = await makeFolder();
  const read = (name: string): string => readFileSync(join(folder, 'sink', name), 'utf8');
  expect((await write(folder, '--token')).ca).toBe('new');
  const [ca, served, token] = ['ca/ca.crt', 'auditlogger/server.crt', 'apiserver/token'].map(read);
  await expect(write(folder, '--token')).rejects.toMatchObject({ code: 'files_exist', exitCode: 2 });
  expect(read('auditlogger/server.crt')).toBe(served);

  expect((await write(folder, '--token', '--force')).ca).toBe('kept');
  expect(read('ca/ca.crt')).toBe(ca);
  expect(read('auditlogger/server.crt')).not.toBe(served);
  expect(read('apiserver/token')).not.toBe(token);
  expect(read('auditlogger/token')).toBe(`${read('apiserver/token')}${token}`);

  expect((await write(folder, '--force', '--new-ca')).ca).toBe('new');
  expect(read('ca/ca.crt')).not.toBe(ca);
  // No token is configured any more, and none is accepted.
  expect(['apiserver/token', 'auditlogger/token'].filter((name) => existsSync(join(folder, 'sink', name)))).toEqual([]);

  writeFileSync(join(folder, 'sink/ca/ca.key'), 'broken');
  await expect(write(folder, '--force')).rejects.toMatchObject({
    code: 'bad_ca',
    advice: [expect.stringContaining('--new-ca')],
  });
});

test('plain http needs no credentials', async () => {
  const folder = await makeFolder();
  const { stdout } = await snoopSink(folder, 'sink', '--server', 'http://127.0.0.1:9900', '--output', 'json');
  const { files, auditloggerFlags }: Sink = JSON.parse(stdout);
  expect(files).toEqual(['apiserver/policy.yaml', 'apiserver/sink.kubeconfig']);
  expect(auditloggerFlags).toEqual(['--listen=127.0.0.1:9900']);
});

test.for<[text: string, source: string | null, url: string]>([
  ['https://a.example', null, 'https://a.example/events'],
  ['https://a.example:9900/', 'east', 'https://a.example:9900/events/east'],
  ['https://a.example/events', 'east', 'https://a.example/events/east'],
  ['https://a.example/proxy/audit', null, 'https://a.example/proxy/audit'],
  ['a.example', null, 'https://a.example:9900/events'],
  ['a.example:1', null, 'https://a.example:1/events'],
  ['10.0.0.5', 'east', 'https://10.0.0.5:9900/events/east'],
  ['fd00::5', null, 'https://[fd00::5]:9900/events'],
  ['[fd00::5]:1', null, 'https://[fd00::5]:1/events'],
])('--server %s with source %s means %s', ([text, source, url]) => {
  expect(readServerAddress(text, source).url).toBe(url);
});

test.for<[what: string, args: string[], message: string]>([
  ['no folder', ['--server', server], 'snoop sink needs <folder>.'],
  ['two folders', ['a', 'b', '--server', server], "snoop sink takes no 'b'."],
  ['no server', ['sink'], '--server'],
  ['an invalid server', ['sink', '--server', 'ftp://x'], "not 'ftp://x'"],
  ['a server with a password', ['sink', '--server', 'https://a:b@c'], 'must not have a user, password'],
  ['a bad source', ['sink', '--server', server, '--source', 'my cluster'], "'my cluster'"],
  ['two sources', ['sink', '--server', `${server}/events/x`, '--source', 'y'], 'has the path /events/x'],
  ['a token over http', ['sink', '--server', 'http://127.0.0.1:9900', '--token'], 'no token over http'],
  ['too many days', ['sink', '--server', server, '--days', '10000'], '1 to 825'],
  ['an invalid name', ['sink', '--server', server, '--name', 'a b'], "not 'a b'"],
  ['a relative mount path', ['sink', '--server', server, '--mount-path', 'audit'], 'absolute path'],
  ['--new-ca alone', ['sink', '--server', server, '--new-ca'], '--force'],
  ['nothing to check', ['check'], 'snoop sink check needs <file>.'],
  ['a missing file to check', ['check', 'nothing.yaml'], 'nothing.yaml cannot be read'],
])('%s is wrong use', async ([, args, message]) => {
  await expect(snoopSink(await makeFolder(), ...args)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(message),
  });
});

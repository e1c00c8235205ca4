import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeIsolatedKubeconfig } from '../../../src/review/isolation/write-kubeconfig.ts';
import { makeFolder } from '../../support/folder.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** Writes a kubeconfig with these users, and the isolated one of its context; returns that. */
async function isolate(user: object, more: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const folder = await makeFolder();
  for (const [name, content] of Object.entries({ 'ca.crt': pem, ...more })) {
    await writeFile(join(folder, name), content);
    await chmod(join(folder, name), 0o700);
  }
  const other = { name: 'production', user: { token: 'secret' } };
  const kubeconfig = {
    'current-context': 'production',
    clusters: [
      { name: 'one', cluster: { server: 'https://one.example:6443', 'certificate-authority': 'ca.crt' } },
      { name: 'production', cluster: { server: 'https://production.example' } },
    ],
    users: [{ name: 'ada', user }, other],
    contexts: [
      { name: 'test', context: { cluster: 'one', user: 'ada', namespace: 'mine' } },
      { name: 'production', context: { cluster: 'production', user: 'production' } },
    ],
  };
  const file = join(folder, 'kubeconfig');
  await writeFile(file, JSON.stringify(kubeconfig));
  const written = join(folder, 'isolated');
  const choice = await writeIsolatedKubeconfig(written, { files: [file], context: 'test' });
  expect(choice).toEqual({ files: [written], context: 'test' });
  expect((await stat(written)).mode & 0o777).toBe(0o600);
  return JSON.parse(await readFile(written, 'utf8'));
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('writes one context, without files and without the credentials of other clusters', async () => {
  expect(await isolate({ token: 'mine' })).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'one', cluster: { server: 'https://one.example:6443', 'certificate-authority-data': base64(pem) } },
    ],
    users: [{ name: 'ada', user: { token: 'mine' } }],
    contexts: [{ name: 'test', context: { cluster: 'one', user: 'ada', namespace: 'mine' } }],
  });
});

const plugin = `#!/bin/sh
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "of a plugin"}}'
`;

test.each<[string, object, object, Readonly<Record<string, string>>?]>([
  ['a token file', { tokenFile: 'token' }, { token: 'of a file' }, { token: 'of a file\n' }],
  [
    'a credential plugin',
    { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', interactiveMode: 'Never' } },
    { token: 'of a plugin' },
    { plugin },
  ],
  ['a password', { username: 'ada', password: 'secret' }, { username: 'ada', password: 'secret' }],
  [
    'data',
    { 'client-certificate-data': base64(pem), 'client-key-data': base64('key') },
    { 'client-certificate-data': base64(pem), 'client-key-data': base64('key') },
  ],
])('resolves the credentials of %s', async (_name, user, isolated, more) => {
  expect(await isolate(user, more)).toMatchObject({ users: [{ name: 'ada', user: isolated }] });
});

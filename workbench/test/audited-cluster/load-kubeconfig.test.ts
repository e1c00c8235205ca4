import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { openOwnKubeConfig } from '../../src/audited-cluster/own-kube-config.ts';
import { fillKubeConfig, skipMissing, readKubeconfig } from '../../src/audited-cluster/load-kubeconfig.ts';
import { sendRaw } from '../../src/audited-cluster/raw-request.ts';
import { makeFolder } from '../support/folder.ts';

const whole = (server = 'https://127.0.0.1:1', user: object = { token: 't' }): string =>
  JSON.stringify({
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server } }],
    users: [{ name: 'ada', user }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'ada' } }],
  });

async function write(text: string): Promise<string> {
  const file = join(await makeFolder(), 'kubeconfig');
  writeFileSync(file, text);
  return file;
}

test('skips missing and empty files of KUBECONFIG, as kubectl does', async () => {
  const folder = await makeFolder();
  const [missing, empty, good] = ['missing', 'empty', 'good'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(empty, '\n');
  writeFileSync(good, whole());
  expect(skipMissing([missing, empty, good])).toEqual([good]);
  expect(() => skipMissing([missing, empty])).toThrow(
    expect.objectContaining({
      code: 'bad_kubeconfig',
      exitCode: 2,
      message: `No kubeconfig: ${missing}, ${empty} is missing or empty.`,
    }),
  );
});

test('merges a file that lacks some lists with one that has them', async () => {
  const files = [await write('apiVersion: v1\nusers:\n'), await write(whole())];
  expect(fillKubeConfig(new KubeConfig(), readKubeconfig({ files, context: null })).getCurrentUser()?.name).toBe('ada');
});

test('the first of several files wins, and paths are relative to their file', async () => {
  const other = JSON.stringify({
    'current-context': 'b',
    clusters: [
      { name: 'a', cluster: { server: 'https://127.0.0.1:2' } },
      { name: 'b', cluster: { server: 'https://127.0.0.1:3', 'certificate-authority': 'ca.crt' } },
    ],
    users: [{ name: 'bob', user: { 'client-certificate': 'bob.crt', 'client-key': '/keys/bob.key' } }],
    contexts: [{ name: 'b', context: { cluster: 'b', user: 'bob' } }],
  });
  const files = [await write(whole()), await write(other)] as const;
  const first = fillKubeConfig(new KubeConfig(), readKubeconfig({ files, context: null }));
  expect([first.currentContext, first.getCurrentCluster()?.server]).toEqual(['a', 'https://127.0.0.1:1']);
  const second = fillKubeConfig(new KubeConfig(), readKubeconfig({ files, context: 'b' }));
  expect(second.getCurrentCluster()).toMatchObject({ caFile: join(dirname(files[1]), 'ca.crt') });
  expect(second.getCurrentUser()).toMatchObject({
    certFile: join(dirname(files[1]), 'bob.crt'),
    keyFile: '/keys/bob.key',
  });
});

describe('refuses a named kubeconfig that is', () => {
  test.each([
    ['an empty file', '', /kubeconfig cannot be read: it is empty\.$/],
    ['text', 'hello', /cannot be read: it is not a kubeconfig\.$/],
    ['clusters that are not a list', 'clusters: 5', /cannot be read: its clusters are not a list\.$/],
    ['a cluster without its address', 'clusters: [{name: a}]', /cannot be read: .*\.$/],
    ['not YAML', '{', /cannot be read: .*/],
    [
      'an address without its scheme',
      whole('127.0.0.1:6443'),
      /has the server '127\.0\.0\.1:6443', which is not a URL\.$/,
    ],
    [
      'an invalid port',
      whole('https://127.0.0.1:99999'),
      /has the server 'https:\/\/127\.0\.0\.1:99999', which is not a URL\.$/,
    ],
    ['another scheme', whole('ftp://127.0.0.1'), /which is not a URL\.$/],
    [
      'a user twice',
      'users: [{ name: ada, user: {} }, { name: ada, user: {} }]',
      /cannot be read: it has two entries for the user 'ada'\.$/,
    ],
  ])('%s', async (_, text, message) => {
    const file = await write(text);
    expect(() => fillKubeConfig(new KubeConfig(), readKubeconfig({ files: [file], context: null }))).toThrow(
      expect.objectContaining({ code: 'bad_kubeconfig', exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  test('a folder or missing', async () => {
    const folder = await makeFolder();
    mkdirSync(join(folder, 'folder'));
    for (const [name, why] of [
      ['folder', 'it is a folder, not a file'],
      ['missing', 'it does not exist'],
    ] as const) {
      const file = join(folder, name);
      expect(() => fillKubeConfig(new KubeConfig(), readKubeconfig({ files: [file], context: null }))).toThrow(
        `The kubeconfig ${file} cannot be read: ${why}.`,
      );
    }
  });
});

describe('reports credentials that cannot be read', () => {
  const node = (script: string): object => ({ exec: { command: process.execPath, args: ['-e', script] } });

  test.each<[string, object, RegExp, string[]?]>([
    [
      'a program that is not installed',
      { exec: { command: 'no-such-login', installHint: 'Get it from example.org.\nThen log in.' } },
      /^No credentials for the user 'ada': the program no-such-login of the kubeconfig is not installed\.$/,
      ['Get it from example.org.', 'Then log in.'],
    ],
    ['one beside the kubeconfig', { exec: { command: './login' } }, /the program \/.*\/login of the kubeconfig is not/],
    [
      'one that fails',
      node('console.error("warning\\nnot logged in"); process.exit(1)'),
      /of the kubeconfig failed: not logged in\.$/,
    ],
    ['one that prints nothing', node(''), /printed no ExecCredential\.$/],
    ['one that prints something else', node('console.log("{}")'), /printed no ExecCredential\.$/],
    ['a missing token file', { tokenFile: 'token' }, /token cannot be opened: it does not exist\.$/],
    [
      'a missing certificate',
      { 'client-certificate': 'c', 'client-key': 'k' },
      /\/c cannot be opened: it does not exist\.$/,
    ],
  ])('%s', async (_, user, message, hint = []) => {
    const config = openOwnKubeConfig({ files: [await write(whole(undefined, user))], context: null });
    await expect(sendRaw(config, { path: '/version' })).rejects.toMatchObject({
      code: 'no_credentials',
      message: expect.stringMatching(message),
      advice: ['No request was sent to the cluster.', ...hint],
    });
  });
});

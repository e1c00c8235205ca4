import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { buildImages, ownImages } from '../../src/kind/images.ts';
import { silentProgress } from '../../src/progress.ts';
import { createCa } from '../../src/sink/certificates.ts';
import { makeFolder } from '../support/folder.ts';
import { readDockerfile, readWords, root } from './static-pod.ts';

/** Writes a docker that records its arguments, prints a text, and exits with a code. */
async function makeDocker(says = '', exitCode = 0): Promise<{ path: string; calls: () => string[][]; folder: string }> {
  const folder = await makeFolder();
  const program = join(folder, 'docker');
  writeFileSync(join(folder, 'says'), says);
  writeFileSync(
    program,
    `#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word" >>"$0.calls"; done\nprintf '\\n' >>"$0.calls"\n` +
      `env >"$0.env"; pwd >"$0.cwd"; cat "$(dirname "$0")/says" >&2; exit ${exitCode}\n`,
  );
  chmodSync(program, 0o755);
  const calls = (): string[][] =>
    readFileSync(`${program}.calls`, 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [line.split('\0').slice(0, -1)]));
  return { path: [folder, process.env.PATH].join(delimiter), calls, folder };
}

function build(variables: Record<string, string>, commands: string[] = []): Promise<void> {
  return buildImages({
    environment: readEnvironment(variables),
    progress: silentProgress,
    signal: new AbortController().signal,
    onCommand: (command) => void commands.push(command),
  });
}

describe('calls docker', () => {
  test('without settings: three images from the project, as in the Dockerfiles', async () => {
    const { path, calls, folder } = await makeDocker();
    const commands: string[] = [];
    await build({ PATH: path }, commands);
    expect(commands.join('\n')).toMatchInlineSnapshot(`
      "docker build --force-rm --file snoopdb/Dockerfile --tag localhost/snoop/snoopdb:0.1.0 .
      docker build --force-rm --file Dockerfile --target auditlogger --tag localhost/snoop/auditlogger:0.1.0 .
      docker build --force-rm --file Dockerfile --target workbench --tag localhost/snoop/workbench:0.1.0 ."
    `);
    expect(calls().map((words) => ['docker', ...words].join(' '))).toEqual(commands);
    expect(readFileSync(join(folder, 'docker.cwd'), 'utf8').trim()).toBe(root);
  });

  test('with settings: each build gets those that its Dockerfile has', async () => {
    const { path, calls, folder } = await makeDocker();
    const commands: string[] = [];
    const settings = {
      BASE_IMAGE: 'mirror.example/node:20',
      DEBIAN_MIRROR: 'http://mirror.example/debian',
      NPM_CONFIG_REGISTRY: 'http://token@mirror.example/npm',
      KUBECTL_SOURCE: 'debian',
      SNOOP_BUILD_NETWORK: 'host',
      HTTPS_PROXY: "http://me:secret@it's:3128",
    };
    await build({ PATH: path, ...settings }, commands);
    expect(commands.join('\n')).toMatchInlineSnapshot(`
      "docker build --force-rm --file snoopdb/Dockerfile --tag localhost/snoop/snoopdb:0.1.0 --network host --build-arg BASE_IMAGE=mirror.example/node:20 --build-arg DEBIAN_MIRROR=http://mirror.example/debian --build-arg 'HTTPS_PROXY=http://me:***@it'\\''s:3128' .
      docker build --force-rm --file Dockerfile --target auditlogger --tag localhost/snoop/auditlogger:0.1.0 --network host --build-arg BASE_IMAGE=mirror.example/node:20 --build-arg 'NPM_CONFIG_REGISTRY=http://***@mirror.example/npm' --build-arg 'HTTPS_PROXY=http://me:***@it'\\''s:3128' .
      docker build --force-rm --file Dockerfile --target workbench --tag localhost/snoop/workbench:0.1.0 --network host --build-arg BASE_IMAGE=mirror.example/node:20 --build-arg DEBIAN_MIRROR=http://mirror.example/debian --build-arg 'NPM_CONFIG_REGISTRY=http://***@mirror.example/npm' --build-arg KUBECTL_SOURCE=debian --build-arg 'HTTPS_PROXY=http://me:***@it'\\''s:3128' ."
    `);
    for (const words of calls()) {
      const dockerfile = readDockerfile(/--tag \S+\/(\w+):/.exec(words.join(' '))?.[1] ?? '');
      const given = words.flatMap((word, index) => (words[index - 1] === '--build-arg' ? [word] : []));
      const known = dockerfile.flatMap((line) => /^ARG (\w+)/.exec(line)?.[1] ?? []);
      expect(known).toEqual(expect.arrayContaining(given.filter((name) => name !== 'HTTPS_PROXY')));
    }
    // Values are passed in the environment: arguments are readable by all users of the machine.
    expect(calls().flat().join(' ')).not.toContain('mirror.example');
    expect(readFileSync(join(folder, 'docker.env'), 'utf8')).toContain('BASE_IMAGE=mirror.example/node:20\n');
  });

  test('builds trust CAs that this machine trusts and Node does not', async () => {
    const { path, calls, folder } = await makeDocker();
    const { certificate: own } = await createCa(1);
    const bundle = join(folder, 'bundle.pem');
    writeFileSync(bundle, [...rootCertificates.slice(0, 3), own].join('\n'));
    await build({ PATH: path, NODE_EXTRA_CA_CERTS: bundle });
    const [snoopdb, auditlogger, workbench] = calls().map((words) => words.includes('EXTRA_CA_CERTS'));
    expect([snoopdb, auditlogger, workbench]).toEqual([false, true, true]);
    const line = /^EXTRA_CA_CERTS=(.*)$/m.exec(readFileSync(join(folder, 'docker.env'), 'utf8'))?.[1] ?? '';
    expect(Buffer.from(line, 'base64').toString().trim()).toBe(own.trim());
  });
});

test.for<[what: string, says: string, advice: RegExp]>([
  ['no base image', 'pull access denied for node, repository does not exist', /BASE_IMAGE/],
  ['a proxy that intercepts TLS', 'npm error code SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['no kubectl', 'kubectl cannot be downloaded: fetch failed (getaddrinfo EAI_AGAIN)', /KUBECTL_SOURCE=debian/],
  ['no packages', "Temporary failure resolving 'deb.example'", /SNOOP_BUILD_NETWORK=host/],
])('gives advice for a failed build: %s', async ([, says, advice]) => {
  const { path, calls } = await makeDocker(`Step 3/9 : RUN something\n${says}\n`, 1);
  const error = await build({ PATH: path }).then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({
    code: 'build_failed',
    exitCode: 3,
    message: 'Docker could not build localhost/snoop/snoopdb:0.1.0.',
    advice: expect.arrayContaining([`| ${says}`, expect.stringMatching(advice)]),
  });
  expect(calls()).toHaveLength(1);
});

test('quotes a failed build without colours and notices of the classic builder', async () => {
  const deprecated =
    'DEPRECATED: The legacy builder is deprecated.\n            Install the other one:\n            https://docs.example\n\n';
  const { path } = await makeDocker(
    `${deprecated}\u001b[91mIt is wrong.\n\u001b[0mThe command returned a non-zero code: 2\n`,
    1,
  );
  await expect(build({ PATH: path })).rejects.toMatchObject({
    advice: ['| It is wrong.', '| The command returned a non-zero code: 2'],
  });
});

describe('the Dockerfiles', () => {
  const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  const dockerfiles = ownImages.map(({ name, dockerfile, reference }) => {
    return { name, reference, lines: readDockerfile(name), text: readFileSync(join(root, dockerfile), 'utf8') };
  });

  test('and all image names agree about the version', () => {
    const compose = load(readFileSync(join(root, 'compose.yaml'), 'utf8')) as {
      services: Record<string, { image: string }>;
    };
    const references = ownImages.map(({ reference }) => reference);
    expect(references).toEqual(references.map((_, index) => `localhost/snoop/${ownImages[index]?.name}:${version}`));
    for (const { image } of Object.values(compose.services)) expect(references).toContain(image);
    for (const { name, lines, text, reference } of dockerfiles) {
      const manifest = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'));
      expect(manifest.version).toBe(version);
      expect(lines).toContain(`ARG VERSION=${version}`);
      expect(text).toContain(`-t ${reference} .`);
    }
  });

  test('have one base, pinned by full version and digest, and work with the classic builder', () => {
    const bases = dockerfiles.map(({ lines }) => lines.find((line) => line.startsWith('ARG BASE_IMAGE=')));
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^ARG BASE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim@sha256:[0-9a-f]{64}$/);
    for (const { lines, text } of dockerfiles) {
      const stages = lines.flatMap((line) => (line.startsWith('FROM ') ? [line.split(' ')] : []));
      const known = new Set(['scratch']);
      for (const [, from = '', , stage = ''] of stages) {
        if (!/^\$\{BASE_IMAGE\}$/.test(from)) expect(known).toContain(from);
        known.add(stage);
      }
      const copied = lines.flatMap((line) => /^COPY .*--from=(\S+)/.exec(line)?.[1] ?? []);
      for (const stage of copied) expect(known).toContain(stage);
      expect(text).not.toMatch(/^# *syntax=|--mount=|--link|<<EOF|:latest/m);
    }
  });

  test("install from the lock file, with the project's pnpm", () => {
    for (const { name, text } of dockerfiles.filter((one) => one.name !== 'snoopdb')) {
      expect(text, name).toContain('COPY workbench/bin/pnpm.mjs /tmp/\n');
      const installs = [...text.matchAll(/(npx -|npm (?:ci|install|exec)|node \S*pnpm\.mjs \S+|\S*pnpm install \S+)/g)];
      expect(
        installs.map(([found]) => found),
        name,
      ).toEqual([
        'node /tmp/pnpm.mjs /pnpm',
        '/pnpm/package/pnpm install --frozen-lockfile',
        '/pnpm/package/pnpm install --frozen-lockfile',
      ]);
    }
  });

  test('set a user, labels, a health check and an existing command', () => {
    for (const { name, lines, text } of dockerfiles) {
      expect(lines.findLast((line) => line.startsWith('USER '))).toMatch(/^USER (1000[123]):\1$/);
      for (const label of ['title', 'description', 'version', 'licenses']) {
        expect(text).toContain(`org.opencontainers.image.${label}=`);
      }
      expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
      const words = [...readWords(lines, 'ENTRYPOINT'), ...readWords(lines, 'HEALTHCHECK')];
      const files = words.flatMap((word) => (word.startsWith('/app/') ? [word.replace('/app/', '')] : []));
      const copied = [...text.matchAll(/^COPY (?:--\S+ )*(\S+\/container\/\S+) /gm)].map(([, file]) => file ?? '');
      for (const file of [...files, ...copied]) expect(existsSync(join(root, file)), `${name}: ${file}`).toBe(true);
    }
  });
});

test("the workbench's image has every folder that its packages list", () => {
  const [, stage = ''] = readFileSync(join(root, 'Dockerfile'), 'utf8').split('AS workbench-files');
  const copied = new Set((stage.split('FROM')[0] ?? '').split(/\s+/));
  for (const name of ['snoopdb', 'auditlogger', 'conformance', 'workbench']) {
    const manifest: { files: string[] } = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'));
    for (const folder of manifest.files) expect(copied).toContain(`${name}/${folder}`);
  }
});

test('.dockerignore excludes no source of the packages', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  // Of folders and files that are in the context, and that its later lines exclude again.
  const excluded = lines.filter((line) => line.includes('/') && !line.startsWith('!'));
  expect(excluded).toContain('**/dist');
  const sources = ['snoopdb', 'auditlogger', 'conformance', 'workbench', 'workbench/web'].flatMap((name) =>
    readdirSync(join(root, name, 'src'), { recursive: true }).map((file) => join(name, 'src', String(file))),
  );
  expect(sources).toContain('workbench/web/src/test/Test.svelte');
  const patterns = excluded.map((line) => new RegExp(`^${line.split('**/').map(escapePart).join('(?:.*/)?')}(?:/|$)`));
  expect(sources.filter((file) => patterns.some((pattern) => pattern.test(file)))).toEqual([]);
});

/** Of a pattern of .dockerignore, without its `**`. */
function escapePart(text: string): string {
  return text.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
}

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { findE2e } from '../../../src/control-plane/programs/find-e2e.ts';
import { findPrograms } from '../../../src/control-plane/programs/find-programs.ts';
import type { FindOptions, Programs } from '../../../src/control-plane/programs/find-programs.ts';
import type { Program } from '../../../src/control-plane/programs/program.ts';
import { readPlatform } from '../../../src/control-plane/programs/platform.ts';
import { downloadPrograms } from '../../../src/control-plane/programs/published.ts';
import type { PublishedSources } from '../../../src/control-plane/programs/published.ts';
import type { Environment } from '../../../src/environment.ts';
import { readEnvironment } from '../../../src/environment.ts';
import { silentProgress } from '../../../src/progress.ts';
import { SnoopError } from '../../../src/errors.ts';
import { makeFolder } from '../../support/folder.ts';

const release = '1.36.3';
const { os, arch } = readPlatform();
const cacheName = `${release}-${os}-${arch}`;
/** A closed port. */
const nobody = 'http://127.0.0.1:2';

/** Writes a program that only prints its version. */
function script(version: string): string {
  return `#!/bin/sh\necho '${version}'\n`;
}

const goodScripts = {
  etcd: script('etcd Version: 3.6.8'),
  'kube-apiserver': script(`Kubernetes v${release}`),
  'kube-controller-manager': script(`Kubernetes v${release}`),
};
const nodeScripts = {
  'kube-scheduler': script(`Kubernetes v${release}`),
  kwok: script(`kwok version v0.8.0 go1.26.8 (${os}/${arch})`),
};

function install(folder: string, programs: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text, { mode: 0o755 });
  return folder;
}

interface Search {
  readonly found: Promise<Programs>;
  readonly said: string[];
  readonly cache: string;
}

interface Places {
  readonly folder: string;
  readonly assets?: string;
  readonly path?: readonly string[];
  readonly sources?: PublishedSources;
  readonly signal?: AbortSignal;
  readonly etcdData?: string;
  readonly withNodes?: boolean;
}

/** Finds programs on a machine with only these folders, without Go and network. */
function search(places: Places): Search {
  const { options, said, cache } = describeSearch(places);
  return { found: findPrograms(options), said, cache };
}

/** {@link search} for e2e.test. */
function searchE2e(places: Places): Omit<Search, 'found'> & { readonly found: Promise<Program> } {
  const { options, said, cache } = describeSearch(places);
  return { found: findE2e(options), said, cache };
}

function describeSearch({ folder, assets, path = [], sources, signal, etcdData, withNodes = false }: Places) {
  const said: string[] = [];
  const environment: Environment = {
    ...readEnvironment({ XDG_CACHE_HOME: join(folder, 'cache') }),
    kubebuilderAssets: assets ?? null,
    path,
    forPrograms: { PATH: '' },
  };
  const options: FindOptions = {
    release,
    etcdData: etcdData ?? null,
    withNodes,
    environment,
    progress: { ...silentProgress, print: (text) => void said.push(text) },
    signal: signal ?? new AbortController().signal,
    sources: sources ?? { kubernetes: nobody, etcd: nobody, envtestReleases: `${nobody}/list`, kwok: nobody },
  };
  return { options, said, cache: join(folder, 'cache', 'snoop', 'control-plane', cacheName) };
}

interface Mirror {
  readonly sources: PublishedSources;
  readonly asked: string[];
}

/** Serves these paths on loopback; null: a response that never ends. */
async function serve(files: Readonly<Record<string, string | Buffer | null>>): Promise<Mirror> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const content = files[path];
    if (content === undefined) response.writeHead(404).end();
    else if (content === null) response.writeHead(200, { 'content-length': 1000 }).write('a piece');
    else response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}`;
  return {
    sources: {
      kubernetes: `${base}/release`,
      etcd: `${base}/etcd`,
      envtestReleases: `${base}/envtest.yaml`,
      kwok: `${base}/kwok`,
    },
    asked,
  };
}

function digest(algorithm: 'sha256' | 'sha512', content: string | Buffer): string {
  return createHash(algorithm).update(content).digest('hex');
}

async function pack(folder: string, members: Readonly<Record<string, string>>): Promise<Buffer> {
  for (const [path, text] of Object.entries(members)) {
    mkdirSync(join(folder, 'packed', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'packed', path), text, { mode: 0o755 });
  }
  const archive = join(folder, 'archive.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', join(folder, 'packed'), ...Object.keys(members)]);
  return readFileSync(archive);
}

/** What the Kubernetes project and etcd publish for this platform. */
async function publish(folder: string, change: Readonly<Record<string, string | null>> = {}): Promise<Mirror> {
  const stem = `etcd-v3.6.8-${os}-${arch}`;
  const archive = await pack(folder, { [`${stem}/etcd`]: goodScripts.etcd, [`${stem}/README`]: 'read me' });
  const server = (name: 'kube-apiserver' | 'kube-controller-manager'): Record<string, string> => {
    const path = `/release/v${release}/bin/${os}/${arch}/${name}`;
    return { [path]: goodScripts[name], [`${path}.sha256`]: digest('sha256', goodScripts[name]) };
  };
  return serve({
    ...server('kube-apiserver'),
    ...server('kube-controller-manager'),
    [`/etcd/v3.6.8/${stem}.tar.gz`]: archive,
    '/etcd/v3.6.8/SHA256SUMS': `${digest('sha256', 'x')}  other.tar.gz\n${digest('sha256', archive)}  ${stem}.tar.gz\n`,
    ...change,
  });
}

const apiserverPath = `/release/v${release}/bin/${os}/${arch}/kube-apiserver`;

describe('finds programs', () => {
  test('in KUBEBUILDER_ASSETS first, then on the PATH', async () => {
    const folder = await makeFolder();
    const assets = install(join(folder, 'assets'), {
      etcd: goodScripts.etcd,
      'kube-apiserver': goodScripts['kube-apiserver'],
    });
    const onPath = install(join(folder, 'bin'), goodScripts);
    const programs = await search({ folder, assets, path: ['/nowhere', onPath] }).found;
    expect(programs.etcd).toMatchObject({ path: join(assets, 'etcd'), version: '3.6.8', from: 'KUBEBUILDER_ASSETS' });
    expect(programs.apiserver).toMatchObject({ path: join(assets, 'kube-apiserver'), version: release });
    expect(programs.controllerManager).toMatchObject({ from: 'PATH', path: join(onPath, 'kube-controller-manager') });
  });

  test.each([
    [
      'an etcd that is too old',
      'etcd',
      script('etcd Version: 3.4.30'),
      'is etcd 3.4.30, but kube-apiserver 1.36.3 needs 3.5.24 or newer',
    ],
    [
      'another Kubernetes release',
      'kube-apiserver',
      script('Kubernetes v1.35.0'),
      'is kube-apiserver 1.35.0, but 1.36.3 is needed',
    ],
    ['a program for another machine', 'etcd', '\u007fELF', 'does not run here'],
    ['one without a version', 'kube-apiserver', script('hello'), '--version prints no version'],
  ])('skips %s with a message', async (_what, name, text, words) => {
    const folder = await makeFolder();
    const bad = install(join(folder, 'bad'), { [name]: text });
    const good = install(join(folder, 'good'), goodScripts);
    const onPath = search({ folder, path: [bad, good] });
    const inAssets = search({ folder, assets: bad, path: [good] });
    for (const { found, said } of [onPath, inAssets]) {
      const { etcd, apiserver } = await found;
      expect([etcd.path, apiserver.path]).toEqual([join(good, 'etcd'), join(good, 'kube-apiserver')]);
      const skipped = said.filter((line) => /^(PATH|KUBEBUILDER_ASSETS): .*; skipped\.$/.test(line));
      expect(skipped).toEqual([expect.stringContaining(`${join(bad, name)} ${words}`)]);
    }
    const other = name === 'etcd' ? 'kube-apiserver' : 'etcd';
    expect(inAssets.said).toContain(`KUBEBUILDER_ASSETS: ${bad} has no ${other}; looking elsewhere.`);
  });

  test.each([
    ['does not exist', () => {}, 'cannot be read: it does not exist'],
    ['is a file', (assets: string) => writeFileSync(assets, ''), 'cannot be read: a part of its path is not a folder'],
    ['is empty', (assets: string) => void mkdirSync(assets), 'has no etcd and no kube-apiserver'],
  ])('fails if KUBEBUILDER_ASSETS %s', async (_, make, flaw) => {
    const folder = await makeFolder();
    const assets = join(folder, 'assets');
    make(assets);
    await expect(
      search({ folder, assets, path: [install(join(folder, 'bin'), goodScripts)] }).found,
    ).rejects.toMatchObject({
      code: 'bad_assets',
      exitCode: 2,
      message: `KUBEBUILDER_ASSETS names the folder ${assets}, which ${flaw}.`,
    });
  });

  test("skips an etcd that cannot open the state's data", async () => {
    const folder = await makeFolder();
    const path = [install(join(folder, 'bin'), goodScripts)];
    await expect(search({ folder, path, etcdData: '3.6.1' }).found).resolves.toBeDefined();
    await expect(search({ folder, path, etcdData: '3.7.0' }).found).rejects.toMatchObject({
      advice: expect.arrayContaining([expect.stringContaining("the state's data was written by etcd 3.7.0")]),
    });
  });

  test('without kube-controller-manager, which is optional, and gives the reason', async () => {
    const folder = await makeFolder();
    const assets = install(join(folder, 'assets'), {
      etcd: goodScripts.etcd,
      'kube-apiserver': goodScripts['kube-apiserver'],
    });
    const programs = await search({ folder, assets }).found;
    expect(programs.controllerManager).toBeNull();
    expect(programs.controllerManagerProblem).toContain('there is no go on the PATH');
  });

  test('lists the ways to get missing programs, and exits with 3', async () => {
    const folder = await makeFolder();
    const { found, cache } = search({ folder, path: [join(folder, 'empty')] });
    const error = await found.catch((thrown: unknown) => thrown);
    if (!(error instanceof SnoopError)) throw error;
    expect(error).toMatchObject({ code: 'no_programs', exitCode: 3 });
    const tell = (text: string): string =>
      text
        .replaceAll(cache, '<cache>')
        .replaceAll(`${os}/${arch}`, '<platform>')
        .replaceAll(`${os}-${arch}`, '<platform>');
    expect(tell([error.message, ...error.advice].join('\n'))).toMatchInlineSnapshot(`
      "No etcd and no kube-apiserver 1.36.3 found. What was tried:
      KUBEBUILDER_ASSETS, a folder with etcd 3.5.24 or newer and kube-apiserver 1.36.3: it is not set
      PATH, with etcd 3.5.24 or newer and kube-apiserver 1.36.3 on it: no etcd there; no kube-apiserver there
      the cache <cache>, filled by a download or a build: no etcd there; no kube-apiserver there
      a download of the published programs: http://127.0.0.1:2/v3.6.8/SHA256SUMS could not be downloaded: connect ECONNREFUSED 127.0.0.1:2; http://127.0.0.1:2/v1.36.3/bin/<platform>/kube-apiserver.sha256 could not be downloaded: connect ECONNREFUSED 127.0.0.1:2
      a build from Go modules, with a Go that is new enough on the PATH: there is no go on the PATH"
    `);
    expect(readdirSync(cache).filter((name) => !name.startsWith('lock.'))).toEqual([]);
  });
});

describe('programs of simulated nodes', () => {
  test('are only searched for nodes', async () => {
    const folder = await makeFolder();
    const path = [install(join(folder, 'bin'), { ...goodScripts, ...nodeScripts })];
    expect((await search({ folder, path }).found).nodes).toBeNull();
    expect((await search({ folder, path, withNodes: true }).found).nodes).toMatchObject({
      scheduler: { version: release, from: 'PATH' },
      kwok: { version: '0.8.0', from: 'PATH' },
    });
  });

  test.each(['0.7.0', '0.9.0'])('kwok %s is skipped with a message', async (version) => {
    const folder = await makeFolder();
    const kwok = script(`kwok version v${version}`);
    const path = [install(join(folder, 'bin'), { ...goodScripts, ...nodeScripts, kwok })];
    const { found, said } = search({ folder, path, withNodes: true });
    await expect(found).rejects.toMatchObject({
      code: 'no_programs',
      message: 'No kwok 0.8.0 found. What was tried:',
      advice: expect.arrayContaining(["Without nodes: 'snoop up --nodes 0'."]),
    });
    expect(said.join('\n')).toContain(`is kwok ${version}, but 0.8.0 or a later patch of it is needed; skipped.`);
  });

  test('need kube-controller-manager', async () => {
    const folder = await makeFolder();
    const { etcd, 'kube-apiserver': apiserver } = goodScripts;
    const path = [install(join(folder, 'bin'), { etcd, 'kube-apiserver': apiserver, ...nodeScripts })];
    await expect(search({ folder, path, withNodes: true }).found).rejects.toMatchObject({
      message: `No kube-controller-manager ${release} found. What was tried:`,
    });
  });

  test.each([
    ['with the published digest is cached', nodeScripts.kwok, 'a download'],
    ['with another digest is refused', 'another file', null],
  ])('kwok %s', async (_what, published, from) => {
    const folder = await makeFolder();
    const path = [install(join(folder, 'bin'), { ...goodScripts, 'kube-scheduler': nodeScripts['kube-scheduler'] })];
    const files: Record<string, string> = { '/kwok-file': nodeScripts.kwok };
    const { sources } = await serve(files);
    const asset = (name: string): object => ({
      name,
      browser_download_url: sources.kwok.replace('/kwok', '/kwok-file'),
      digest: `sha256:${digest('sha256', published)}`,
    });
    files['/kwok/v0.8.0'] = JSON.stringify({ assets: [asset('kwok-other'), asset(`kwok-${os}-${arch}`)] });
    const { found, said, cache } = search({ folder, path, sources, withNodes: true });
    const kwok = await found.then(
      ({ nodes }) => nodes?.kwok.from,
      () => null,
    );
    expect(kwok, said.join('\n')).toBe(from);
    expect(existsSync(join(cache, 'kwok'))).toBe(from !== null);
    expect(said.filter((line) => line.includes('wrong sha256 checksum'))).toHaveLength(from === null ? 1 : 0);
  });
});

// Server binaries are only published for Linux; other platforms download the archive below.
describe.runIf(os === 'linux')('a download', () => {
  test('with correct checksums is cached', async () => {
    const folder = await makeFolder();
    const { sources, asked } = await publish(folder);
    const { found, cache } = search({ folder, sources });
    const programs = await found;
    expect([programs.etcd, programs.apiserver, programs.controllerManager]).toMatchObject([
      { path: join(cache, 'etcd'), version: '3.6.8', from: 'a download' },
      { path: join(cache, 'kube-apiserver'), version: release, from: 'a download' },
      { path: join(cache, 'kube-controller-manager'), version: release, from: 'a download' },
    ]);
    expect(asked).toHaveLength(6);
    expect((await search({ folder, sources }).found).apiserver.from).toBe('the cache');
    expect(asked).toHaveLength(6);
  });

  test('with a wrong checksum is refused with a message, and the next source is tried', async () => {
    const folder = await makeFolder();
    const { sources } = await publish(folder, { [`${apiserverPath}.sha256`]: digest('sha256', 'something else') });
    const { found, said, cache } = search({ folder, sources });
    await expect(found).rejects.toMatchObject({
      message: expect.stringContaining(`No kube-apiserver ${release} found`),
      advice: [
        expect.anything(),
        expect.anything(),
        expect.anything(),
        expect.stringContaining('has the wrong sha256 checksum'),
        expect.stringContaining('there is no go on the PATH'),
      ],
    });
    expect(said.filter((line) => line.includes('wrong sha256 checksum'))).toHaveLength(1);
    expect(existsSync(join(cache, 'kube-apiserver'))).toBe(false);
    expect(existsSync(join(cache, 'etcd'))).toBe(true);
  });

  test('with another version than claimed is refused', async () => {
    const folder = await makeFolder();
    const wrong = script('Kubernetes v1.36.2');
    const { sources } = await publish(folder, {
      [apiserverPath]: wrong,
      [`${apiserverPath}.sha256`]: digest('sha256', wrong),
    });
    const { found, cache } = search({ folder, sources });
    await expect(found).rejects.toMatchObject({ code: 'no_programs' });
    expect(existsSync(join(cache, 'kube-apiserver'))).toBe(false);
  });

  test('for two processes happens once', async () => {
    const folder = await makeFolder();
    const { sources, asked } = await publish(folder);
    const searches = [search({ folder, sources }), search({ folder, sources })];
    const programs = await Promise.all(searches.map(({ found }) => found));
    expect(programs.map(({ apiserver }) => apiserver.from).toSorted()).toEqual(['a download', 'the cache']);
    expect(asked).toHaveLength(6);
  });

  test('that is interrupted leaves no partial file', async () => {
    const folder = await makeFolder();
    const { sources, asked } = await publish(folder, { [apiserverPath]: null });
    const interrupt = new AbortController();
    const { found, cache } = search({ folder, sources, signal: interrupt.signal });
    const ended = found.catch((error: unknown) => error);
    await vi.waitFor(() => expect(asked).toContain(apiserverPath), { timeout: 30_000 });
    interrupt.abort(new SnoopError('interrupted', 'Interrupted.'));
    expect(await ended).toMatchObject({ code: 'interrupted' });
    expect(readdirSync(cache).filter((name) => name.startsWith('work-') || name === 'kube-apiserver')).toEqual([]);
    const again = await publish(await makeFolder());
    expect((await search({ folder, sources: again.sources }).found).apiserver.from).toBe('a download');
  });
});

describe('e2e.test', () => {
  const archivePath = `/release/v${release}/kubernetes-test-${os}-${arch}.tar.gz`;
  const members = {
    'kubernetes/test/bin/e2e.test': script(`v${release}`),
    'kubernetes/test/bin/e2e_node.test': 'another program',
  };

  test('is found on the PATH; one of another release is skipped', async () => {
    const folder = await makeFolder();
    const other = install(join(folder, 'other'), { 'e2e.test': script('v1.36.2') });
    const good = install(join(folder, 'good'), { 'e2e.test': script(`v${release}`) });
    const { found, said } = searchE2e({ folder, path: [other, good] });
    expect(await found).toEqual({ name: 'e2e.test', path: join(good, 'e2e.test'), version: release, from: 'PATH' });
    expect(said).toEqual([`PATH: ${join(other, 'e2e.test')} is e2e.test 1.36.2, but 1.36.3 is needed; skipped.`]);
  });

  test('is the only program that is taken from the published archive', async () => {
    const folder = await makeFolder();
    const archive = await pack(folder, members);
    const { sources, asked } = await serve({
      [archivePath]: archive,
      [`${archivePath}.sha256`]: digest('sha256', archive),
    });
    const { found, cache } = searchE2e({ folder, sources });
    expect(await found).toMatchObject({ path: join(cache, 'e2e.test'), version: release, from: 'a download' });
    expect(readdirSync(cache).filter((name) => !name.startsWith('lock.'))).toEqual(['e2e.test']);
    expect((await searchE2e({ folder, sources }).found).from).toBe('the cache');
    expect(asked).toEqual([`${archivePath}.sha256`, archivePath]);
  });

  test('lists the ways to get it; an archive with a wrong checksum is refused', async () => {
    const folder = await makeFolder();
    const archive = await pack(folder, members);
    const { sources } = await serve({ [archivePath]: archive, [`${archivePath}.sha256`]: digest('sha256', 'another') });
    const { found, cache } = searchE2e({ folder, sources });
    const error = await found.catch((thrown: unknown) => thrown);
    if (!(error instanceof SnoopError)) throw error;
    expect(error).toMatchObject({
      code: 'no_programs',
      exitCode: 3,
      message: `No e2e.test ${release} found. What was tried:`,
    });
    expect(error.advice).toEqual([
      `PATH, with e2e.test ${release} on it: no e2e.test there`,
      `the cache ${cache}, filled by a download or a build: no e2e.test there`,
      expect.stringContaining('has the wrong sha256 checksum'),
      'a build from Go modules, with a Go that is new enough on the PATH: there is no go on the PATH',
    ]);
    expect(existsSync(join(cache, 'e2e.test'))).toBe(false);
  });
});

describe('the envtest archive, for platforms without server binaries', () => {
  const archiveName = `envtest-v${release}-darwin-arm64.tar.gz`;

  async function download(checksum: string | null) {
    const folder = await makeFolder();
    const members = {
      'controller-tools/envtest/etcd': goodScripts.etcd,
      'controller-tools/envtest/kube-apiserver': goodScripts['kube-apiserver'],
    };
    const archive = await pack(folder, members);
    const files: Record<string, string | Buffer> = { '/archive': archive };
    const { sources } = await serve(files);
    files['/envtest.yaml'] = `releases:
  v${release}:
    ${archiveName}:
      hash: ${checksum ?? digest('sha512', archive)}
      selfLink: ${sources.kubernetes.replace('/release', '/archive')}
`;
    const into = join(folder, 'into');
    mkdirSync(into);
    const results = await downloadPrograms(['etcd', 'kube-apiserver', 'kube-controller-manager'], {
      release,
      platform: { os: 'darwin', arch: 'arm64' },
      sources,
      environment: { PATH: process.env.PATH },
      folder: into,
      signal: new AbortController().signal,
    });
    return { results, into };
  }

  test('contains etcd and kube-apiserver', async () => {
    const { results, into } = await download(null);
    expect(Object.fromEntries(results)).toEqual({
      etcd: { file: join(into, 'etcd') },
      'kube-apiserver': { file: join(into, 'kube-apiserver') },
      'kube-controller-manager': { flaw: 'it is not published for darwin/arm64' },
    });
    expect(readFileSync(join(into, 'kube-apiserver'), 'utf8')).toBe(goodScripts['kube-apiserver']);
  });

  test('is refused with a wrong checksum', async () => {
    const { results, into } = await download(digest('sha512', 'another'));
    expect(results.get('etcd')).toMatchObject({ flaw: expect.stringContaining('wrong sha512 checksum') });
    expect(existsSync(join(into, 'etcd'))).toBe(false);
  });
});

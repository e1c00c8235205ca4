import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readProgramOutput, toError } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { downloadFile, downloadText } from './download.ts';
import type { DownloadOptions } from './download.ts';
import { requiredEtcd } from './etcd-version.ts';
import { publishedKwok } from './kwok-version.ts';
import type { Platform } from './platform.ts';
import type { ProgramName } from './program.ts';

/** The servers of published programs. */
export interface PublishedSources {
  /**
   * It has `v1.36.3/bin/linux/amd64/kube-apiserver` and `v1.36.3/kubernetes-test-linux-amd64.tar.gz`, and for each
   * `….sha256`.
   */
  readonly kubernetes: string;
  /** It has `v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz` and `SHA256SUMS`. */
  readonly etcd: string;
  /** The list of archives with etcd and kube-apiserver for platforms that have no server binaries. */
  readonly envtestReleases: string;
  /** GitHub's description of a release: it has `v0.8.0`, with URL and digest of each file. */
  readonly kwok: string;
}

export const publishedSources: PublishedSources = {
  kubernetes: 'https://dl.k8s.io/release',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
  envtestReleases: 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml',
  kwok: 'https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags',
};

const envtestPrograms: readonly ProgramName[] = ['etcd', 'kube-apiserver'];
const serverArchitectures = new Set(['amd64', 'arm64', 'ppc64le', 's390x']);

export interface PublishedOptions extends DownloadOptions {
  readonly release: string;
  readonly platform: Platform;
  readonly sources: PublishedSources;
  /** The environment for `tar`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An empty folder; the programs are left there under their names. */
  readonly folder: string;
}

/**
 * Downloads programs and verifies their published checksums.
 *
 * @returns for each program its file, or why it is not available
 */
export async function downloadPrograms(
  names: readonly ProgramName[],
  options: PublishedOptions,
): Promise<Map<ProgramName, { file: string } | { flaw: string }>> {
  const { os, arch } = options.platform;
  const hasServerBinaries = os === 'linux' && serverArchitectures.has(arch);
  const results = new Map<ProgramName, { file: string } | { flaw: string }>();
  const attempt = async (wanted: readonly ProgramName[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      for (const name of wanted) results.set(name, { file: join(options.folder, name) });
    } catch (error) {
      const flaw = toError(error).message;
      for (const name of wanted) results.set(name, { flaw });
    }
  };
  const server = names.filter((name) => name !== 'kwok' && name !== 'e2e.test');
  const inArchive = server.filter((name) => envtestPrograms.includes(name));
  await Promise.all([
    ...(names.includes('kwok') ? [attempt(['kwok'], () => downloadKwok(options))] : []),
    ...(names.includes('e2e.test') ? [attempt(['e2e.test'], () => downloadE2e(options))] : []),
    ...(hasServerBinaries
      ? server.map((name) =>
          attempt([name], () => (name === 'etcd' ? downloadEtcd(options) : downloadServer(name, options))),
        )
      : []),
    ...(!hasServerBinaries && inArchive.length > 0
      ? [attempt(inArchive, () => downloadEnvtest(inArchive, options))]
      : []),
  ]);
  // Only now, when nothing writes into the folder any more.
  options.signal.throwIfAborted();
  for (const name of server) {
    if (!results.has(name)) results.set(name, { flaw: `it is not published for ${os}/${arch}` });
  }
  return results;
}

async function downloadServer(name: ProgramName, options: PublishedOptions): Promise<void> {
  const { os, arch } = options.platform;
  const url = `${options.sources.kubernetes}/v${options.release}/bin/${os}/${arch}/${name}`;
  const checksum = readChecksum(await downloadText(`${url}.sha256`, options), `${url}.sha256`);
  const file = join(options.folder, name);
  await downloadFile(url, file, 'sha256', checksum, options);
  await chmod(file, 0o755);
}

/** The archive has other test programs too; only e2e.test is extracted. */
async function downloadE2e(options: PublishedOptions): Promise<void> {
  const { os, arch } = options.platform;
  const name = `kubernetes-test-${os}-${arch}.tar.gz`;
  const url = `${options.sources.kubernetes}/v${options.release}/${name}`;
  const checksum = readChecksum(await downloadText(`${url}.sha256`, options), `${url}.sha256`);
  const archive = join(options.folder, name);
  await downloadFile(url, archive, 'sha256', checksum, options);
  await unpack(archive, ['kubernetes/test/bin/e2e.test'], options);
}

function readChecksum(text: string, url: string): string {
  const checksum = /^[0-9a-f]{64}\b/i.exec(text.trim())?.[0];
  if (checksum === undefined) throw new Error(`${url} has no checksum`);
  return checksum;
}

async function downloadEtcd(options: PublishedOptions): Promise<void> {
  const version = `v${requiredEtcd(options.release).published}`;
  const stem = `etcd-${version}-${options.platform.os}-${options.platform.arch}`;
  const folder = `${options.sources.etcd}/${version}`;
  const sums = await downloadText(`${folder}/SHA256SUMS`, options);
  const line = sums.split('\n').find((text) => text.trim().endsWith(`${stem}.tar.gz`));
  if (line === undefined) throw new Error(`${folder}/SHA256SUMS does not name ${stem}.tar.gz`);
  const archive = join(options.folder, `${stem}.tar.gz`);
  const checksum = readChecksum(line, `${folder}/SHA256SUMS`);
  await downloadFile(`${folder}/${stem}.tar.gz`, archive, 'sha256', checksum, options);
  await unpack(archive, [`${stem}/etcd`], options);
}

/** kwok publishes no checksums of its own; GitHub publishes the digest of each uploaded file. */
async function downloadKwok(options: PublishedOptions): Promise<void> {
  const fileName = `kwok-${options.platform.os}-${options.platform.arch}`;
  const page = `${options.sources.kwok}/v${publishedKwok}`;
  const release: unknown = JSON.parse(await downloadText(page, options));
  const assets = pick(release, 'assets');
  const asset = Array.isArray(assets) ? assets.find((entry: unknown) => pick(entry, 'name') === fileName) : undefined;
  const [url, digest] = [pick(asset, 'browser_download_url'), pick(asset, 'digest')];
  if (typeof url !== 'string' || typeof digest !== 'string') throw new Error(`${page} does not name ${fileName}`);
  const file = join(options.folder, 'kwok');
  await downloadFile(url, file, 'sha256', readChecksum(digest.replace(/^sha256:/, ''), page), options);
  await chmod(file, 0o755);
}

async function downloadEnvtest(names: readonly ProgramName[], options: PublishedOptions): Promise<void> {
  const { os, arch } = options.platform;
  const archiveName = `envtest-v${options.release}-${os}-${arch}.tar.gz`;
  const list: unknown = load(await downloadText(options.sources.envtestReleases, options));
  const entry = pick(pick(pick(list, 'releases'), `v${options.release}`), archiveName);
  const [hash, link] = [pick(entry, 'hash'), pick(entry, 'selfLink')];
  if (typeof hash !== 'string' || typeof link !== 'string') {
    throw new Error(`${options.sources.envtestReleases} does not name ${archiveName}`);
  }
  const archive = join(options.folder, archiveName);
  await downloadFile(link, archive, 'sha512', hash, options);
  await unpack(
    archive,
    names.map((name) => `controller-tools/envtest/${name}`),
    options,
  );
}

/** Extracts only these members from an archive; `tar` is in /usr/bin or /bin of nearly every Linux and macOS. */
async function unpack(archive: string, members: readonly string[], options: PublishedOptions): Promise<void> {
  const { folder, environment, signal } = options;
  await mkdir(folder, { recursive: true });
  const depth = (members[0]?.split('/').length ?? 1) - 1;
  const args = ['-xzf', archive, '-C', folder, `--strip-components=${depth}`, ...members];
  const env = { ...environment, PATH: [environment.PATH, '/usr/bin', '/bin'].filter(Boolean).join(':') };
  await readProgramOutput('tar', args, { env, signal });
}

function pick(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

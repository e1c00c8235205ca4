import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareReleases, ProgramNotFoundError, runProgram, splitRelease } from '@snoop/snoopdb';
import { publishedKwok } from './kwok-version.ts';
import type { Platform } from './platform.ts';
import type { ProgramName } from './program.ts';

export interface GoBuildOptions {
  readonly release: string;
  readonly platform: Platform;
  /** The environment for `go`: the user's proxy, caches and PATH. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A work folder, created if missing; the programs are left there under their names. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called with the progress as text. */
  readonly onProgress: (text: string) => void;
}

const packages: Record<ProgramName, string> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
  'e2e.test': 'k8s.io/kubernetes/test/e2e',
};
const moduleFlags = ['-mod=mod', '-trimpath', '-buildvcs=false'];
/** The name that `go build` gives to etcd: the last part of the path that is not a version. */
const etcdBuiltName = 'server';

/**
 * Builds programs of Kubernetes from the Go modules of the user's module proxy.
 *
 * The Kubernetes module replaces its staging modules by folders of its repository; our own module replaces them by
 * the published modules of the same release instead. etcd has the version that the Kubernetes module requires, which
 * the release is tested with and which shares most packages.
 *
 * @throws Error with a readable message when Go or the module proxy is missing, Go is too old, or the build fails
 */
export async function buildPrograms(names: readonly ProgramName[], options: GoBuildOptions): Promise<void> {
  await buildModule(names, nameKubernetes(options), options, describeKubernetes(options));
  if (names.includes('etcd')) await rename(join(options.folder, etcdBuiltName), join(options.folder, 'etcd'));
}

/** Builds kwok. Its module is separate: it needs the same modules as Kubernetes, in other versions. */
export async function buildKwok(options: GoBuildOptions): Promise<void> {
  const kwok = { path: 'sigs.k8s.io/kwok', version: publishedKwok, title: `kwok ${publishedKwok}` };
  await buildModule(['kwok'], kwok, options, (_module, goVersion) => ({
    manifest: `module snoop.local/nodes\ngo ${goVersion}\nrequire ${kwok.path} v${kwok.version}\n`,
    linkerFlags: '-s -w',
  }));
}

/** Builds Kubernetes' own e2e suite: the test program of one package. `go test -c` reports no progress. */
export async function buildE2e(options: GoBuildOptions): Promise<void> {
  const { folder, onProgress } = options;
  const linkerFlags = await writeModule(nameKubernetes(options), options, describeKubernetes(options));
  onProgress('fetching modules');
  const suite = packages['e2e.test'];
  const left = await countPackages(['-test', suite], options);
  onProgress(`compiling ${left === 1 ? '1 package' : `${left} packages`}`);
  await runGo(['test', '-c', ...moduleFlags, '-ldflags', linkerFlags, '-o', join(folder, 'e2e.test'), suite], options);
  await removeModule(folder);
}

/**
 * Writes a go.mod with which packages of Kubernetes can be built in a folder.
 *
 * @returns the linker flags of its release
 */
export async function writeKubernetesModule(options: GoBuildOptions): Promise<string> {
  return writeModule(nameKubernetes(options), options, describeKubernetes(options));
}

interface WantedModule {
  readonly path: string;
  readonly version: string;
  readonly title: string;
}

type DescribeModule = (
  module: PublishedModule,
  goVersion: string,
) => { readonly manifest: string; readonly linkerFlags: string };

function nameKubernetes({ release }: GoBuildOptions): WantedModule {
  return { path: 'k8s.io/kubernetes', version: release, title: `Kubernetes ${release}` };
}

function describeKubernetes({ release }: GoBuildOptions): DescribeModule {
  return (module, goVersion) => ({
    manifest: writeManifest(module.manifest, goVersion, release),
    linkerFlags: writeLinkerFlags(release, module),
  });
}

async function writeModule(wanted: WantedModule, options: GoBuildOptions, describe: DescribeModule): Promise<string> {
  const { folder, onProgress } = options;
  await mkdir(folder, { recursive: true });
  const go = await readGoVersion(options);
  onProgress(`fetching the module ${wanted.path}`);
  const module = await downloadModule(`${wanted.path}@v${wanted.version}`, options);
  const least = /^go (\S+)/m.exec(module.manifest)?.[1] ?? '1.0';
  if (compareReleases(go, least) < 0) {
    throw new Error(`Go ${go} is too old: ${wanted.title} needs Go ${least} or newer`);
  }
  const { manifest, linkerFlags } = describe(module, least);
  await writeFile(join(folder, 'go.mod'), manifest);
  return linkerFlags;
}

async function buildModule(
  names: readonly ProgramName[],
  wantedModule: WantedModule,
  options: GoBuildOptions,
  write: DescribeModule,
): Promise<void> {
  const { folder, onProgress } = options;
  const linkerFlags = await writeModule(wantedModule, options, write);
  onProgress('fetching modules');
  const wanted = names.map((name) => packages[name]);
  const left = await countPackages(wanted, options);
  const flags = [...moduleFlags, '-ldflags', linkerFlags];
  const started = performance.now();
  let compiled = 0;
  await runGo(['build', '-v', ...flags, '-o', `${folder}/`, ...wanted], options, (line) => {
    if (line.startsWith('go: ') || line.startsWith('#')) return;
    compiled += 1;
    onProgress(describe(compiled, left, performance.now() - started));
  });
  for (const name of names) {
    await chmod(join(folder, name === 'etcd' ? etcdBuiltName : name), 0o755);
  }
  await removeModule(folder);
}

async function removeModule(folder: string): Promise<void> {
  for (const name of ['go.mod', 'go.sum']) await rm(join(folder, name), { force: true });
}

function describe(compiled: number, packagesLeft: number, elapsedMs: number): string {
  const all = Math.max(compiled, packagesLeft);
  const percent = Math.floor((compiled / all) * 100);
  const minutesLeft = Math.round(((elapsedMs / compiled) * (all - compiled)) / 60_000);
  const left = minutesLeft === 0 ? 'less than a minute left' : `about ${minutesLeft} min left`;
  return `${compiled} of ${all} packages, ${percent} %, ${left}`;
}

async function readGoVersion(options: GoBuildOptions): Promise<string> {
  const answer = await runGo(['version'], options);
  const version = /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(answer)?.[1];
  if (version === undefined) throw new Error(`'go version' answers '${answer.trim()}', which names no version`);
  return version;
}

interface PublishedModule {
  /** Its go.mod. */
  readonly manifest: string;
  readonly builtAt: string;
  readonly commit: string;
}

/** @param name with its version */
async function downloadModule(name: string, options: GoBuildOptions): Promise<PublishedModule> {
  const answer = await runGo(['mod', 'download', '-json', name], options);
  const { GoMod, Info, Origin }: { GoMod?: string; Info?: string; Origin?: { Hash?: string } } = JSON.parse(answer);
  if (GoMod === undefined) throw new Error(`the module proxy has no ${name}`);
  const info: { Time?: string } = Info === undefined ? {} : JSON.parse(await readFile(Info, 'utf8'));
  const manifest = await readFile(GoMod, 'utf8');
  return { manifest, builtAt: info.Time ?? '1970-01-01T00:00:00Z', commit: Origin?.Hash ?? 'unknown' };
}

/** Kubernetes v1.36.3 needs k8s.io/api v0.36.3 and so on. */
function writeManifest(manifest: string, go: string, release: string): string {
  const staged = release.replace(/^1\./, '0.');
  const replaced = [...manifest.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\/src\/\S+$/gm)].map(([, name]) => name);
  const lines = [
    'module snoop.local/control-plane',
    `go ${go}`,
    `require k8s.io/kubernetes v${release}`,
    ...replaced.map((name) => `replace ${name} => ${name} v${staged}`),
  ];
  // The version of etcd's client also holds for its server.
  const etcd = /go\.etcd\.io\/etcd\/client\/v3 (v\S+)/.exec(manifest)?.[1];
  if (etcd !== undefined) lines.push(`require ${packages.etcd} ${etcd}`);
  return `${lines.join('\n')}\n`;
}

/** Without these flags a server reports v0.0.0-master (see hack/lib/version.sh of Kubernetes). */
function writeLinkerFlags(release: string, { builtAt, commit }: PublishedModule): string {
  const { major, minor } = splitRelease(release);
  const facts = {
    gitVersion: `v${release}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: commit,
    buildDate: builtAt,
  };
  const places = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const settings = places.flatMap((place) =>
    Object.entries(facts).map(([name, value]) => `-X ${place}.${name}=${value}`),
  );
  return ['-s', '-w', ...settings].join(' ');
}

/** Counts the packages to compile (those that go calls stale); this also fetches the modules. */
async function countPackages(wanted: readonly string[], options: GoBuildOptions): Promise<number> {
  const format = '{{.ImportPath}} {{.StaleReason}}';
  const fetched = (line: string): void => {
    const module = /^go: downloading (\S+ \S+)/.exec(line)?.[1];
    if (module !== undefined) options.onProgress(`fetching ${module}`);
  };
  const answer = await runGo(['list', '-mod=mod', '-trimpath', '-deps', '-f', format, ...wanted], options, fetched);
  return answer.split('\n').filter((line) => / \S/.test(line)).length;
}

/**
 * Runs `go` and returns its stdout. Toolchains are not downloaded, and the user's settings for other modules do not
 * apply.
 */
export async function runGo(
  args: readonly string[],
  options: GoBuildOptions,
  onLine?: (line: string) => void,
): Promise<string> {
  const { platform, folder, signal } = options;
  const settings = {
    GOTOOLCHAIN: 'local',
    GO111MODULE: 'on',
    GOWORK: 'off',
    GOFLAGS: '',
    CGO_ENABLED: '0',
    GOOS: platform.os,
    GOARCH: platform.arch,
  };
  const env = { ...options.environment, ...settings };
  const outcome = await runProgram('go', args, { cwd: folder, env, signal, ...(onLine && { onLine }) }).catch(
    (error: unknown) => {
      throw error instanceof ProgramNotFoundError ? new Error('there is no go on the PATH', { cause: error }) : error;
    },
  );
  if (outcome.exitCode === 0) return outcome.stdout;
  const lastLines = outcome.stderr.trim().split('\n').slice(-5);
  throw new Error(`'go ${args[0]}' failed: ${explainFailure(outcome.stdout, lastLines)}`);
}

/** `go mod download -json` prints its error on stdout, other commands on stderr. */
function explainFailure(answer: string, lastLines: readonly string[]): string {
  const inAnswer = /"Error": "(.*)"/.exec(answer)?.[1];
  return (inAnswer ?? lastLines.join(' ')).slice(0, 600) || 'no reason given';
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { buildE2e, buildKwok, buildPrograms } from '../../../src/control-plane/programs/go-build.ts';
import type { GoBuildOptions } from '../../../src/control-plane/programs/go-build.ts';
import { makeFolder } from '../../support/folder.ts';

/** Writes a `go` that answers like the real one, by its first argument. */
async function buildWith(
  answers: Readonly<Record<string, string>>,
  signal = new AbortController().signal,
  build: (options: GoBuildOptions) => Promise<void> = (options) => buildPrograms(['etcd', 'kube-apiserver'], options),
) {
  const root = await makeFolder();
  const cases = Object.entries(answers).map(([word, script]) => `${word}) ${script.replaceAll('<root>', root)} ;;`);
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'go'), `#!/bin/sh\ncase "$1" in\n${cases.join('\n')}\nesac\n`, { mode: 0o755 });
  writeFileSync(join(root, 'go.mod'), 'module k8s.io/kubernetes\n\ngo 1.26.0\n');
  const folder = join(root, 'work');
  const told: string[] = [];
  const built = build({
    release: '1.36.3',
    platform: { os: 'linux', arch: 'amd64' },
    environment: { PATH: `${join(root, 'bin')}:/bin:/usr/bin` },
    folder,
    signal,
    onProgress: (text) => void told.push(text),
  });
  return { built, folder, told };
}

const version = (go: string): string => `echo 'go version go${go} linux/amd64'`;
const module = `echo '{"GoMod": "<root>/go.mod"}'`;

test('reports a Go that is too old, with the required version', async () => {
  const { built } = await buildWith({ version: version('1.20.1'), mod: module });
  await expect(built).rejects.toThrow('Go 1.20.1 is too old: Kubernetes 1.36.3 needs Go 1.26.0 or newer');
});

test('names a module proxy that cannot be reached', async () => {
  const { built } = await buildWith({ version: version('1.26.8'), mod: `echo '{"Error": "no such host"}'; exit 1` });
  await expect(built).rejects.toThrow("'go mod' failed: no such host");
});

test("prints the compiler's error of a failed build", async () => {
  const { built } = await buildWith({
    version: version('1.26.8'),
    mod: module,
    build: 'echo "no space left" >&2; exit 1',
  });
  await expect(built).rejects.toThrow("'go build' failed: no space left");
});

test('progress counts the remaining packages; the programs get their names', async () => {
  const { built, folder, told } = await buildWith({
    version: version('1.26.8'),
    mod: module,
    list: `printf 'fmt \\nk8s.io/a stale\\nk8s.io/b stale\\nk8s.io/c stale\\nk8s.io/d stale\\n'; echo 'go: downloading k8s.io/a v1.0.0' >&2`,
    build: `printf 'go: finding\\nk8s.io/a\\nk8s.io/b\\n' >&2; touch server kube-apiserver`,
  });
  await built;
  expect(readdirSync(folder).toSorted()).toEqual(['etcd', 'kube-apiserver']);
  expect(told.map((text) => text.replace(/, [^,]* left$/, ''))).toEqual([
    'fetching the module k8s.io/kubernetes',
    'fetching modules',
    'fetching k8s.io/a v1.0.0',
    '1 of 4 packages, 25 %',
    '2 of 4 packages, 50 %',
  ]);
});

test('kwok is built in a module without the modules of Kubernetes', async () => {
  const { built, folder, told } = await buildWith(
    { version: version('1.26.8'), mod: module, build: `cp go.mod kept; echo k8s.io/a >&2; touch kwok` },
    undefined,
    buildKwok,
  );
  await built;
  expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe(
    'module snoop.local/nodes\ngo 1.26.0\nrequire sigs.k8s.io/kwok v0.8.0\n',
  );
  expect(readdirSync(folder).toSorted()).toEqual(['kept', 'kwok']);
  expect(told[0]).toBe('fetching the module sigs.k8s.io/kwok');
});

test('e2e.test is built as the test program of its package', async () => {
  const { built, folder, told } = await buildWith(
    {
      version: version('1.26.8'),
      mod: module,
      list: `printf 'fmt \\nk8s.io/a stale\\n'`,
      test: `echo "$*" >arguments; cp go.mod kept; touch e2e.test`,
    },
    undefined,
    buildE2e,
  );
  await built;
  expect(readdirSync(folder).toSorted()).toEqual(['arguments', 'e2e.test', 'kept']);
  expect(readFileSync(join(folder, 'kept'), 'utf8')).toContain('require k8s.io/kubernetes v1.36.3\n');
  const words = readFileSync(join(folder, 'arguments'), 'utf8').trim().split(' ');
  expect(words.slice(0, 2)).toEqual(['test', '-c']);
  expect(words.slice(-3)).toEqual(['-o', join(folder, 'e2e.test'), 'k8s.io/kubernetes/test/e2e']);
  expect(words.join(' ')).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3');
  expect(told.at(-1)).toBe('compiling 1 package');
});

test('an interrupted build ends its compilers, too', async () => {
  const interrupt = new AbortController();
  const { built, told } = await buildWith(
    // The other process of the group keeps the pipe open, so the build ends after it.
    { version: version('1.26.8'), mod: module, build: 'echo k8s.io/a >&2; sleep 1000 & wait' },
    interrupt.signal,
  );
  const ended = built.catch((error: unknown) => error);
  await vi.waitFor(() => expect(told).toContainEqual(expect.stringMatching(/^1 of/)), { timeout: 30_000 });
  interrupt.abort(new Error('Interrupted.'));
  expect(await ended).toMatchObject({ message: 'Interrupted.' });
});

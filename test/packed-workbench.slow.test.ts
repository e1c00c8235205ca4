import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const minutes = 60_000;

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Outside of the checkout. */
let folder = '';

/** The environment of a person who has no checkout. */
function describeEnvironment(): NodeJS.ProcessEnv {
  const { VITEST: _v, NODE_ENV: _n, NODE_OPTIONS: _o, INIT_CWD: _i, ...inherited } = process.env;
  const kept = Object.entries(inherited).filter(([name]) => !/^(npm_(?!config_)|SNOOP_|VITEST|PNPM)/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), NO_COLOR: '1' };
}

function call(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const options = { cwd: folder, env: { ...describeEnvironment(), ...env }, maxBuffer: 64 * 1024 ** 2 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 255, stdout, stderr }),
    );
  });
}

const snoop = (...args: string[]): Promise<Ended> => call('npx', ['--no-install', 'snoop', ...args]);

async function expectSuccess(ended: Promise<Ended>): Promise<Ended> {
  const result = await ended;
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
  return result;
}

let installLog = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-packed-')));
  const packed = await expectSuccess(call(process.execPath, [join(root, 'workbench/bin/pack.mjs'), folder]));
  const tarball = packed.stdout.trim();
  // Many people run no install scripts.
  const args = ['install', '--save-dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'http'];
  const installed = call('npm', [...args, tarball, 'typescript@7.0.2', '@types/node@20']);
  installLog = (await expectSuccess(installed)).stderr;
  return () => rm(folder, { recursive: true, force: true });
}, 10 * minutes);

/** All files below a folder, without following links. */
function listFiles(from: string): string[] {
  return readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('npm asks no registry for a package of this project', () => {
  const asked = installLog.split('\n').filter((line) => line.includes('http fetch'));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((line) => /snoop/i.test(line))).toEqual([]);
});

test('there is one copy of vitest and of the client, and no link to the checkout', () => {
  const manifests = listFiles(join(folder, 'node_modules')).filter((file) =>
    /\/node_modules\/(vitest|@kubernetes\/client-node)\/package\.json$/.test(file),
  );
  expect(manifests.map((file) => file.slice(folder.length)).sort()).toEqual([
    '/node_modules/@kubernetes/client-node/package.json',
    '/node_modules/vitest/package.json',
  ]);
  const links = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => realpathSync(join(entry.parentPath, entry.name)));
  expect(links.filter((file) => !file.startsWith(folder))).toEqual([]);
  const workbench = join(folder, 'node_modules/@snoop/workbench');
  const own = listFiles(workbench).filter((file) => !/\/node_modules\/(?!@snoop\/)/.test(file.slice(workbench.length)));
  expect(own.filter((file) => readFileSync(file).includes(root))).toEqual([]);
  expect(own.filter((file) => /\.(map|tsbuildinfo)$|(?<!\/web\/src)\/test\/(?!package\.json$)/.test(file))).toEqual([]);
});

test('the tarball has what each package lists', () => {
  const workbench = join(folder, 'node_modules/@snoop/workbench');
  const places = {
    workbench,
    snoopdb: join(workbench, 'node_modules/@snoop/snoopdb'),
    auditlogger: join(workbench, 'node_modules/@snoop/auditlogger'),
  };
  for (const [name, place] of Object.entries(places)) {
    const { files } = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')) as { files: string[] };
    expect(files.filter((file) => !existsSync(join(place, file)))).toEqual([]);
  }
});

test('the tarball has the files of kind clusters and the sources of their images', () => {
  const project = join(folder, 'node_modules/@snoop/workbench/project');
  const sources = ['Dockerfile', 'snoopdb/Dockerfile'].flatMap((file) =>
    [...readFileSync(join(project, file), 'utf8').matchAll(/^COPY (?!--from)(?:--\S+ )*(.+)$/gm)].flatMap(
      ([, words = '']) => words.split(' ').slice(0, -1),
    ),
  );
  expect(sources).toContain('workbench');
  const needed = [...sources, '.dockerignore', 'kind/kind.yaml', 'manifests/kind/kustomization.yaml'];
  expect(needed.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  // All that git has, in the folders that are packed whole.
  const packed = listFiles(project).map((file) => file.slice(project.length + 1));
  for (const name of [
    'kind',
    'manifests',
    'snoopdb/src',
    'snoopdb/sql',
    'workbench/src',
    'workbench/web/src',
    'auditlogger/src',
    'conformance/src',
  ]) {
    const present = listFiles(join(root, name)).map((file) => file.slice(root.length));
    expect(present.filter((file) => !packed.includes(file) && !file.endsWith('/.gitignore'))).toEqual([]);
  }
});

/** Writes a module that logs the URL of each module that Node loads. */
function writeRecorder(log: string): string {
  const hook = `import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      if (!url.startsWith('node:')) appendFileSync(${JSON.stringify(log)}, url + '\\n');
      return next(url, context);
    }`;
  const file = join(folder, 'recorder.mjs');
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  writeFileSync(file, `import { register } from 'node:module';\nregister(${JSON.stringify(url)});\n`);
  return file;
}

/** What the processes of the state folder have mapped or were called with. */
function readProcesses(): { readonly programs: number; readonly text: string } {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const texts = pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes(folder)) return [];
      return [`${command.replaceAll('\0', ' ')}\n${readFileSync(`/proc/${pid}/maps`, 'utf8')}`];
    } catch {
      return [];
    }
  });
  return { programs: texts.length, text: texts.join('\n') };
}

test('a first live test is written, type-checked and run, with a cluster of its own, without the checkout', {
  timeout: 10 * minutes,
}, async () => {
  const init = await expectSuccess(snoop('init'));
  expect(init.stdout).toBe(
    [
      'unchanged  package.json: it exists',
      'wrote      tsconfig.json',
      'wrote      config-map-lifecycle.live.ts',
      'wrote      .gitignore\n',
    ].join('\n'),
  );
  expect(init.stderr).toBe('Next:\n  npx --no-install snoop up\n  npx --no-install snoop test --typecheck\n');
  await expectSuccess(call('npx', ['--no-install', 'tsc', '--noEmit']));

  onTestFinished(async () => void (await expectSuccess(snoop('down', '--purge'))), 2 * minutes);
  const up = await expectSuccess(snoop('up'));
  expect(up.stdout).toContain(`export SNOOP_STATE='${join(folder, '.snoop')}'`);

  const log = join(folder, 'loaded.log');
  const env = { NODE_OPTIONS: `--import ${writeRecorder(log)}` };
  const { stdout } = await expectSuccess(call('npx', ['--no-install', 'snoop', 'test', '--typecheck'], env));
  expect(stdout).toContain('6 requests sent, 6 recorded');
  const loaded = readFileSync(log, 'utf8').split('\n');
  expect(loaded.filter((url) => url.startsWith(`file://${root}`))).toEqual([]);
  for (const name of ['@snoop/workbench', 'vitest', '@kubernetes/client-node']) {
    const at = loaded.filter((url) => url.includes(`/node_modules/${name}/`)).map((url) => url.split(`/${name}/`)[0]);
    expect([...new Set(at)], name).toEqual([`file://${folder}/node_modules`]);
  }
  if (process.platform === 'linux') {
    const { programs, text } = readProcesses();
    expect(programs).toBeGreaterThan(3);
    expect(text.split('\n').filter((line) => line.includes(root))).toEqual([]);
  }

  writeFileSync(
    join(folder, 'wrong.live.ts'),
    `import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
liveTest('wrong', async ({ cluster, namespace }) => {
  await cluster.client(CoreV1Api).listNamespacedPod({ namespaces: namespace });
});
`,
  );
  const wrong = await snoop('test', '--typecheck');
  expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
  expect(wrong.stderr).toContain('wrong.live.ts(4,');
  expect(wrong.stderr).toContain('The types are wrong; no test was run.');
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => name.startsWith('.snoop'))).toEqual([]);
});

test('questions and completion find the data that ships', { timeout: 5 * minutes }, async () => {
  const { stdout } = await expectSuccess(snoop('endpoint', 'listCoreV1Node', '--state', join(folder, 'none')));
  expect(stdout).toContain('GET /api/v1/nodes');
  expect((await expectSuccess(snoop('completion', 'bash'))).stdout).toContain(
    join(folder, 'node_modules/@snoop/workbench/bin/snoop.js'),
  );
  const kinds = await expectSuccess(snoop('complete', '--', 'untested', '--kind', 'PodTem'));
  expect(kinds.stdout).toBe('PodTemplate\t\n');
  const plugin = await expectSuccess(call(join(folder, 'node_modules/.bin/kubectl-snoop'), ['--version']));
  expect(plugin.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(dirname(realpathSync(join(folder, 'node_modules/.bin/snoop')))).toBe(
    join(folder, 'node_modules/@snoop/workbench/bin'),
  );
});

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder, runSnoop } from './support/snoop.ts';

const folders = (process.env.PATH ?? '').split(':');
const find = (name: string): boolean => folders.some((folder) => existsSync(join(folder, name)));

/** Types into an interactive shell with a terminal. */
function type(command: string, lines: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    const rest = [...lines, 'exit'];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // Each line is typed when the shell waits for it.
      while (rest.length > 0 && output.split('ready>').length > lines.length + 2 - rest.length) {
        child.stdin.write(`${rest.shift()}\r`);
      }
    });
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A project with a run, and a cache of its own. */
async function makePlace(): Promise<Place> {
  const cwd = await makeFolder();
  mkdirSync(join(cwd, '.snoop', 'runs', '20261130-120000-abcdef'), { recursive: true });
  writeFileSync(join(cwd, 'pods.live.ts'), '');
  const { SNOOP_STATE: _s, NODE_OPTIONS: _o, ...inherited } = process.env;
  return { cwd, env: { ...inherited, XDG_CACHE_HOME: join(cwd, 'cache'), HOME: cwd, TERM: 'dumb' } };
}

async function writeScript(shell: string, { cwd, env }: Place): Promise<string> {
  const options = { cwd, env: { XDG_CACHE_HOME: env.XDG_CACHE_HOME ?? '' } };
  const { stdout, exitCode, stderr } = await runSnoop(['completion', shell], options);
  expect(exitCode, stderr).toBe(0);
  const file = join(cwd, `snoop.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** A line with Tab, and the arguments that snoop is then called with. */
const typed: readonly (readonly [string, string])[] = [
  ['snoop untes\t--ki\tHorizontalPodAutosc\t', '<untested><--kind><HorizontalPodAutoscaler>'],
  ['snoop test --output=mark\t', '<test><--output=markdown>'],
  ['snoop runs di\tlast 2026\t', '<runs><diff><last><20261130-120000-abcdef>'],
  ['snoop endpoint createCoreV1NamespacedPodEv\t', '<endpoint><createCoreV1NamespacedPodEviction>'],
  ['snoop test po\t', '<test><pods.live.ts>'],
];

const showArguments = `snoop() { printf '<%s>' "$@"; echo; }`;

test.skipIf(!find('script'))('completes in bash', async () => {
  const place = await makePlace();
  const file = await writeScript('bash', place);
  const rc = join(place.cwd, 'bashrc');
  writeFileSync(rc, `${showArguments}\n. '${file}'\nPS1='ready>'\n`);
  const lines = typed.map(([line]) => line);
  const output = await type(`bash --rcfile ${rc} -i`, lines, place.cwd, place.env);
  for (const [line, expected] of typed) expect(output, line).toContain(`${expected}\r\n`);
});

test.skipIf(!find('zsh') || !find('script'))(`completes in zsh${find('zsh') ? '' : ' (needs zsh)'}`, async () => {
  const place = await makePlace();
  const file = await writeScript('zsh', place);
  const setup = `autoload -Uz compinit; compinit -u -D; ${showArguments}\n. '${file}'\nPS1='ready>'\n`;
  writeFileSync(join(place.cwd, '.zshrc'), setup);
  const lines = typed.map(([line]) => line);
  const output = await type('zsh -i', lines, place.cwd, { ...place.env, ZDOTDIR: place.cwd });
  for (const [line, expected] of typed) expect(output, line).toContain(`${expected}\r\n`);
});

test.skipIf(!find('fish'))(`completes in fish${find('fish') ? '' : ' (needs fish)'}`, async () => {
  const place = await makePlace();
  const file = await writeScript('fish', place);
  const ask = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `source '${file}'; complete -C '${line}'`], {
      ...place,
      encoding: 'utf8',
    })
      .split('\n')
      .map((answer) => answer.split('\t')[0] ?? '')
      .filter((answer) => answer !== '');
  expect(ask('snoop untes')).toEqual(['untested']);
  expect(ask('snoop untested --kind HorizontalPodAutosc')).toEqual(['HorizontalPodAutoscaler']);
  expect(ask('snoop test --output=mark')).toEqual(['--output=markdown']);
  expect(ask('snoop runs diff last 2026')).toEqual(['20261130-120000-abcdef']);
  expect(ask('snoop test po')).toEqual(['pods.live.ts']);
});

test('completion loads only a few files, so that it answers at once', async () => {
  const place = await makePlace();
  await writeScript('bash', place);
  const trace = join(place.cwd, 'trace.mjs');
  const log = join(place.cwd, 'loaded');
  const hook = `import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      if (!url.startsWith('node:')) appendFileSync(${JSON.stringify(log)}, url + '\\n');
      return next(url, context);
    }`;
  writeFileSync(
    trace,
    `import { register } from 'node:module';\nregister('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`,
  );
  const env = { XDG_CACHE_HOME: place.env.XDG_CACHE_HOME ?? '', NODE_OPTIONS: `--import ${trace}` };
  const { stdout } = await runSnoop(['complete', '--', 'untested', '--ki'], { cwd: place.cwd, env });
  expect(stdout).toMatch(/^--kind\t.+\n$/);
  const loaded = readFileSync(log, 'utf8').trim().split('\n');
  expect(loaded.map((url) => url.replace(/^.*\/workbench\//, ''))).toEqual([
    'bin/snoop.js',
    'dist/completion/answer.js',
    'dist/environment.js',
    'dist/find-project.js',
    'dist/completion/complete.js',
    'dist/completion/completion-data.js',
  ]);
});

test('completion without a cache makes one; a build that has changed is noticed', async () => {
  const { cwd, env } = await makePlace();
  const options = { cwd, env: { XDG_CACHE_HOME: env.XDG_CACHE_HOME ?? '' } };
  const answer = { exitCode: 0, stdout: 'bash\t\nzsh\t\nfish\t\n', stderr: '' };
  expect(await runSnoop(['complete', '--', 'completion', ''], options)).toEqual(answer);
  const [file = ''] = execFileSync('find', [join(cwd, 'cache'), '-name', '*.json'], { encoding: 'utf8' }).split('\n');
  const data = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...data, build: 'older', root: { ...data.root, commands: {} } }));
  expect(await runSnoop(['complete', '--', 'completion', ''], options)).toEqual(answer);
  // A folder in its place: no cache can be written.
  const blocked = { cwd, env: { XDG_CACHE_HOME: join(cwd, 'pods.live.ts') } };
  expect(await runSnoop(['complete', '--', 'completion', ''], blocked)).toEqual(answer);
});

test('an unknown shell is wrong use', async () => {
  const { exitCode, stderr } = await runSnoop(['completion', 'fisch']);
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    "snoop: Unknown shell 'fisch'. One of: bash, zsh, fish.\n  Did you mean 'snoop completion fish'?\n",
  );
});

test.skipIf(!find('kubectl'))(`kubectl snoop runs snoop${find('kubectl') ? '' : ' (needs kubectl)'}`, async () => {
  const { cwd, env } = await makePlace();
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  const plugin = fileURLToPath(new URL('../workbench/bin/kubectl-snoop.js', import.meta.url));
  execFileSync('ln', ['-s', plugin, join(bin, 'kubectl-snoop')]);
  const options = { cwd, env: { ...env, PATH: `${bin}:${env.PATH}` }, encoding: 'utf8' } as const;
  const { version } = JSON.parse(readFileSync(join(plugin, '../../package.json'), 'utf8'));
  expect(execFileSync('kubectl', ['snoop', '--version'], options)).toBe(`${version}\n`);
  expect(execFileSync('kubectl', ['snoop', 'untested', '--help'], options)).toContain('snoop untested');
});

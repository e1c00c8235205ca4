import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test, type TestContext } from 'vitest';
import type { JobSystem } from '../../../src/gate/job/job-options.ts';
import { writeJob } from '../../../src/gate/job/write-job.ts';
import { actionFile } from './action.ts';
import { buildProwChecker, type ProwChecker } from './prow-checker.ts';

// What the systems themselves think of the jobs: Prow's own packages, and the checkers that people use for GitHub and
// GitLab. The programs are kept in the cache. A first build of Prow's packages takes minutes.

const minutes = 60_000;
const run = promisify(execFile);
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'snoop', 'job-checkers');
const image = 'registry.example/snoop/workbench:0.1.0';
const action = `example/snoop@${'0a'.repeat(20)}`;
const hostile = ['--group', "it's: $(a) *", '--hits', '# no comment', '--openapi', '{"a": [&b *c]}'];

let folder = '';

beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'snoop-job-'));
  return () => rm(folder, { recursive: true, force: true });
});

async function writeJobFile(system: JobSystem, flags: readonly string[]): Promise<string> {
  const file = join(folder, `${system}.yaml`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, writeJob(system, { name: 'snoop-gate', image: system === 'github' ? action : image, flags }));
  return file;
}

/** A program that is not there after its installation failed: the test is skipped with the reason. */
async function install(
  context: TestContext,
  program: string,
  commands: readonly (readonly string[])[],
): Promise<string> {
  const path = join(cache, program);
  if (existsSync(path)) return path;
  for (const [name = '', ...args] of commands) {
    const failure = await run(name, args, { env: { ...process.env, GOBIN: cache }, timeout: 10 * minutes }).then(
      () => null,
      (error: Error & { stderr?: string }) => `${error.message.slice(0, 300)} ${(error.stderr ?? '').slice(-300)}`,
    );
    if (failure !== null) context.skip(`${program} cannot be installed here: ${failure}`);
  }
  return path;
}

const cases = [
  ['for kubernetes/kubernetes', []],
  ['with flags', hostile],
] as const;

describe('GitHub', () => {
  test.for(cases)('actionlint: %s', { timeout: 10 * minutes }, async ([, flags], context) => {
    const actionlint = await install(context, 'actionlint', [
      ['go', 'install', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'],
    ]);
    const file = await writeJobFile('github', flags);
    await expect(run(actionlint, ['-no-color', file])).resolves.toMatchObject({ stdout: '' });
  });

  test.for(cases)('check-jsonschema: %s', { timeout: 10 * minutes }, async ([, flags], context) => {
    await checkSchema(context, 'vendor.github-workflows', await writeJobFile('github', flags));
  });

  test('check-jsonschema: action.yml', { timeout: 10 * minutes }, async (context) => {
    await checkSchema(context, 'vendor.github-actions', actionFile);
  });
});

describe('Prow', () => {
  async function build(context: TestContext): Promise<ProwChecker> {
    return buildProwChecker(cache, 20 * minutes).catch((error: Error & { stderr?: string }) =>
      context.skip(`Prow's packages cannot be compiled here: ${(error.stderr ?? error.message).slice(-300)}`),
    );
  }

  test.for(cases)('its own loader: %s', { timeout: 30 * minutes }, async ([, flags], context) => {
    const prow = await build(context);
    const { presubmits, periodics } = await prow.check(await writeJobFile('prow', flags));
    expect(presubmits['kubernetes/kubernetes']).toMatchObject([
      { name: 'pull-kubernetes-snoop-gate', optional: true, context: 'pull-kubernetes-snoop-gate' },
    ]);
    expect(periodics).toMatchObject([{ name: 'ci-kubernetes-snoop-gate', interval: '3h' }]);
  });

  test('it refuses an unknown field and a broken pattern', { timeout: 30 * minutes }, async (context) => {
    const prow = await build(context);
    const file = await writeJobFile('prow', []);
    const text = writeJob('prow', { name: 'snoop-gate', image, flags: [] });
    await writeFile(file, text.replace('skip_branches:', 'skip_branch:'));
    await expect(prow.check(file)).rejects.toThrow('skip_branch');
    await writeFile(file, text.replace('^(api/', '^((api/'));
    await expect(prow.check(file)).rejects.toThrow('regexp');
  });
});

describe('GitLab', () => {
  test.for(cases)('check-jsonschema: %s', { timeout: 10 * minutes }, async ([, flags], context) => {
    await checkSchema(
      context,
      'vendor.gitlab-ci',
      await writeJobFile('gitlab', flags),
      '--data-transform',
      'gitlab-ci',
    );
  });

  test('check-jsonschema finds a misspelt key', { timeout: 10 * minutes }, async (context) => {
    const file = await writeJobFile('gitlab', []);
    const text = writeJob('gitlab', { name: 'snoop-gate', image, flags: [] });
    await writeFile(file, text.replace('expire_in:', 'expires_in:'));
    await expect(checkSchema(context, 'vendor.gitlab-ci', file)).rejects.toThrow('expires_in');
  });
});

async function checkSchema(context: TestContext, schema: string, file: string, ...more: string[]): Promise<void> {
  const venv = join(cache, 'check-jsonschema-0.39.0');
  const program = await install(context, 'check-jsonschema-0.39.0/bin/check-jsonschema', [
    ['python3', '-m', 'venv', '--clear', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', 'check-jsonschema==0.39.0'],
  ]);
  const { stdout } = await run(program, ['--builtin-schema', schema, ...more, file]).catch(
    (error: Error & { stdout?: string }) => Promise.reject(new Error(error.stdout ?? error.message)),
  );
  expect(stdout).toContain('ok');
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

export const actionFile = fileURLToPath(new URL('../../../../action.yml', import.meta.url));

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export async function readAction(): Promise<Action> {
  return load(await readFile(actionFile, 'utf8')) as Action;
}

export interface EndedStep {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the step `gate` as the runner does: `shell: bash` is this command, and inputs replace their expressions in `env`.
 *
 * @param actionPath the folder of the action
 */
export async function runGateStep(
  inputs: Readonly<Record<string, string>>,
  { actionPath, cwd }: { readonly actionPath: string; readonly cwd: string },
): Promise<EndedStep> {
  const { runs } = await readAction();
  const step = runs.steps.find(({ id }) => id === 'gate');
  const folder = await mkdtemp(join(tmpdir(), 'snoop-action-'));
  try {
    const files = { script: join(folder, 'step.sh'), output: join(folder, 'output'), summary: join(folder, 'summary') };
    await writeFile(files.script, step?.run ?? '');
    await writeFile(files.output, '');
    await writeFile(files.summary, '');
    const env = Object.entries(step?.env ?? {}).map(([name, value]) => [name, replaceInputs(value, inputs)]);
    const ended = await run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', files.script], cwd, {
      ...process.env,
      ...Object.fromEntries(env),
      ...{ GITHUB_ACTIONS: 'true', GITHUB_ACTION_PATH: actionPath, GITHUB_OUTPUT: files.output, RUNNER_TEMP: folder },
      ...{ GITHUB_STEP_SUMMARY: files.summary, GITHUB_WORKSPACE: cwd },
    });
    const lines = (await readFile(files.output, 'utf8')).split('\n').filter((line) => line !== '');
    const outputs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return { ...ended, outputs: Object.fromEntries(outputs), summary: await readFile(files.summary, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function replaceInputs(value: string, inputs: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => inputs[name] ?? '');
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Pick<EndedStep, 'exitCode' | 'stdout' | 'stderr'>> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error === null ? 0 : 255, stdout, stderr }),
    );
  });
}

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import { root } from './project.ts';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Standard input; default: empty. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For what hangs: a machine with other work takes five minutes for a cluster alone. */
  readonly deadlineS?: number;
}

/** Of what kind of programs a person's shell may hold settings that lead them to another cluster or database. */
const personal = /^(KUBECONFIG|DATABASE_URL|PG[A-Z]+|SNOOP_(STATE|KUBECONFIG|NAMESPACE|AUTHOR)|VITEST.*)$/;

/** The environment of everything that a test starts; kubectl and kind know this run's clusters only. */
export function makeEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const shell = Object.entries(process.env).filter(([name]) => !personal.test(name));
  return { ...Object.fromEntries(shell), NO_COLOR: '1', KUBECONFIG: join(inject('runFolder'), 'kubeconfig'), ...more };
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
// Without its vitest a worker has nobody to work for, and the guard is tidying up already.
process.once('disconnect', () => process.exit(1));

/** Kills it when this process ends before it does. */
export function bind<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/**
 * Runs a program in the project's folder to its end, whatever that is.
 *
 * @throws Error when there is no end of it by the deadline, with what it said by then
 */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const { input = '', env, deadlineS = 1200 } = options;
  const child = bind(spawn(program, args, { cwd: root, env: makeEnvironment(env), stdio: 'pipe' }));
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  // A program that does not want all of its input has its own way to say so.
  child.stdin.on('error', () => {}).end(input);
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill();
      reject(new Error(`${nameCommand(program, args)} has not ended after ${deadlineS} s, and said:\n${tell(said)}`));
    }, deadlineS * 1000);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
    child.once('close', () => clearTimeout(deadline));
  });
}

/** Runs a program that has to end well. @returns what it wrote to stdout. @throws Error with all that it said */
export async function call(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const ended = await run(program, args, options);
  if (ended.exitCode === 0) return ended.stdout;
  throw new Error(`${nameCommand(program, args)} ended with ${ended.exitCode}:\n${tell(ended)}`);
}

/** A program that was handed to node may be long. */
function nameCommand(program: string, args: readonly string[]): string {
  return [program, ...args].join(' ').slice(0, 300);
}

function tell({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): string {
  return `${stdout}\n${stderr}`.trim();
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ended } from './ended.ts';

export interface ProgramCall {
  readonly args: readonly string[];
  /** Added to the environment, for this call. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs (default: where the host does). */
  readonly cwd?: string;
}

/** A process that runs one of the programs again and again: for tables whose rows need no process of their own. */
export interface ProgramHost {
  /** Runs the program once; one call at a time. */
  call(call: ProgramCall): Promise<Ended>;
  end(): Promise<void>;
}

/**
 * Starts a host.
 *
 * @param program the built file whose `main` the program's `bin` calls
 */
export function startProgramHost(
  program: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): ProgramHost {
  const host = fileURLToPath(new URL('program-host.mjs', import.meta.url));
  const child = spawn(process.execPath, [host, program], { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const said = { stdout: '', stderr: '' };
  let look = (): void => {};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      look();
    });
  }
  const closed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) =>
      reject(new Error(`The program ended its process with ${exitCode ?? signal}:\n${said.stdout}${said.stderr}`)),
    );
  });
  closed.catch(() => {});
  let calls = 0;
  return {
    call(call) {
      const mark = `\0end of call ${++calls}\n`;
      Object.assign(said, { stdout: '', stderr: '' });
      const answered = new Promise<number>((resolve) => child.once('message', (exitCode: number) => resolve(exitCode)));
      const written = new Promise<void>((resolve) => {
        look = () => said.stdout.includes(mark) && said.stderr.includes(mark) && resolve();
      });
      child.send({ ...call, mark });
      const ended = Promise.all([answered, written]).then(([exitCode]) => ({
        exitCode,
        stdout: said.stdout.replace(mark, ''),
        stderr: said.stderr.replace(mark, ''),
      }));
      return Promise.race([ended, closed]);
    },
    async end() {
      child.kill('SIGKILL');
      await closed.catch(() => {});
    },
  };
}

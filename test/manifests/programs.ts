import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface EndedProgram {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The path of a program on PATH, or beside those of the control plane; null: there is none. */
export function findProgram(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), process.env.KUBEBUILDER_ASSETS ?? '']) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Runs a program to its end. @param input what it reads on stdin */
export function runProgram(path: string, args: readonly string[], input = ''): Promise<EndedProgram> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, KUBECONFIG: '' }, maxBuffer: 64 * 1024 ** 2 };
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      const code: unknown = error?.code ?? 0;
      if (typeof code === 'number') resolve({ exitCode: code, stdout, stderr });
      else reject(error);
    });
    child.stdin?.on('error', () => {
      // It ended without having read all of it, and says why.
    });
    child.stdin?.end(input);
  });
}

/** As {@link runProgram}, for what has to work. @throws Error with what it said */
export async function runWell(path: string, args: readonly string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(path, args, input);
  if (exitCode === 0) return stdout;
  throw new Error(`${path} ${args.join(' ')} ended with ${exitCode}:\n${stderr}`);
}

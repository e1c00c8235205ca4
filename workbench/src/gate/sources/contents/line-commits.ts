import { runGit } from './git.ts';
import { findCommit, type Repository } from './repository.ts';

/** More commits would take longer than the whole gate may. */
const maxCommits = 30;

/**
 * The release in whose development each line of a committed file came into it, by the line's text without blanks. Lines
 * older than a shallow clone are left out.
 *
 * @param path from the top of the repository
 */
export async function readLineReleases(
  repository: Repository,
  commit: string,
  path: string,
): Promise<Map<string, string>> {
  const args = ['blame', '--porcelain', '--no-textconv', commit, '--', path];
  const { exitCode, stdout } = await runGit(repository.folder, args, repository.options);
  const lines = exitCode === 0 ? readBlame(stdout) : [];
  const boundaries = new Set(lines.filter(({ isBoundary }) => isBoundary).map(({ commit }) => commit));
  const ids = [...new Set(lines.map(({ commit }) => commit))]
    .filter((id) => !repository.isShallow || !boundaries.has(id))
    .slice(0, maxCommits);
  const releases = new Map<string, string>();
  for (const id of ids) {
    const release = (await findCommit(repository, id))?.release;
    if (release) releases.set(id, release);
  }
  return new Map(
    lines.flatMap(({ text, commit: id }) => {
      const release = releases.get(id);
      return release === undefined ? [] : [[text, release] as const];
    }),
  );
}

interface BlamedLine {
  readonly text: string;
  readonly commit: string;
  /** Whether the history that git has ends there. */
  readonly isBoundary: boolean;
}

/** Reads `git blame --porcelain`: a header for each line, facts at a commit's first one, and the text after a tab. */
function readBlame(output: string): BlamedLine[] {
  const lines: BlamedLine[] = [];
  const boundaries = new Set<string>();
  let commit = '';
  for (const line of output.split('\n')) {
    const header = /^([0-9a-f]{40,64}) \d+ \d+/.exec(line)?.[1];
    if (line.startsWith('\t')) lines.push({ text: line.trim(), commit, isBoundary: boundaries.has(commit) });
    else if (header !== undefined) commit = header;
    else if (line === 'boundary') boundaries.add(commit);
  }
  return lines;
}

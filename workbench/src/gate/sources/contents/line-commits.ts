import { runGit } from './git.ts';
import { findCommit, type Repository } from './repository.ts';

/** More commits would take longer than the whole gate may. */
const maxCommits = 30;

/** Follows lines that moved within the file, such as those of a list that was sorted, if they have that many letters or digits. */
const moved = '-M4';

/**
 * The release in whose development each line of a committed file came into it, by the line's text without blanks at its
 * ends; null: older than a shallow clone, or without a tag. Empty if git cannot tell.
 *
 * @param path from the top of the repository
 */
export async function readLineReleases(
  repository: Repository,
  commit: string,
  path: string,
): Promise<Map<string, string | null>> {
  const args = ['blame', '--porcelain', '-w', moved, '--no-textconv', commit, '--', path];
  const { exitCode, stdout } = await runGit(repository.folder, args, repository.options);
  const lines = exitCode === 0 ? readBlame(stdout) : [];
  const boundaries = new Set(lines.filter(({ isBoundary }) => isBoundary).map((line) => line.commit));
  const ids = [...new Set(lines.map((line) => line.commit))].filter(
    (id) => !repository.isShallow || !boundaries.has(id),
  );
  const releases = new Map<string, string | null>();
  for (const id of ids.slice(0, maxCommits)) releases.set(id, (await findCommit(repository, id))?.release ?? null);
  const found = new Map<string, string | null>();
  // Of equal lines the first counts, as in the lists.
  for (const { text, commit: id } of lines) if (!found.has(text)) found.set(text, releases.get(id) ?? null);
  return found;
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

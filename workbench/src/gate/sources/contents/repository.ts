import { createHash } from 'node:crypto';
import { readRelease } from '@snoop/snoopdb';
import { wrongUse } from '../../../errors.ts';
import { quoteWord } from '../../../output/quote-word.ts';
import { type GitOptions, runGit } from './git.ts';
import { SourceProblem } from './source-problem.ts';

/** A git repository with a working tree. */
export interface Repository {
  /** The top of its working tree. */
  readonly folder: string;
  readonly isShallow: boolean;
  readonly options: RepositoryOptions;
}

export interface RepositoryOptions extends GitOptions {
  /** Commits that were found, by folder and revision: describing one in a long history is slow. */
  readonly commits: Map<string, Promise<Commit | null>>;
  /** Repositories that were found, by folder. */
  readonly repositories: Map<string, Promise<Repository | null>>;
}

export interface Commit {
  /** 40 hex digits. */
  readonly id: string;
  /** Of its committer; ISO 8601, UTC. */
  readonly date: string;
  /** By the nearest tag before it, X.Y.Z: 1.38.0 for v1.38.0-alpha.1-12-gabc; null: no such tag. */
  readonly release: string | null;
  /** Whether the commit is that release, not one in its development. */
  readonly isReleased: boolean;
}

/** A file of a commit. */
export interface GitFile {
  /** From the top of the repository. */
  readonly path: string;
  /** The object of its content. */
  readonly blob: string;
}

/** A document of a cluster with hundreds of custom resources has 40 MB. */
const maxBytes = 64 << 20;
const maxFiles = 10_000;
const project = 'https://github.com/kubernetes/kubernetes';
const described = /^v?(\d+\.\d+(?:\.\d+)?)(-(?:alpha|beta|rc)\.\d+)?(-\d+-g[0-9a-f]+)?$/;

/**
 * Finds the repository of a folder; null if it is in none.
 *
 * @throws SourceProblem as {@link runGit}
 */
export function findRepository(folder: string, options: RepositoryOptions): Promise<Repository | null> {
  const found = options.repositories.get(folder) ?? readRepository(folder, options);
  options.repositories.set(folder, found);
  return found;
}

async function readRepository(folder: string, options: RepositoryOptions): Promise<Repository | null> {
  const args = ['rev-parse', '--is-shallow-repository', '--show-toplevel'];
  const { exitCode, stdout } = await runGit(folder, args, options);
  const [isShallow, top] = stdout.split('\n');
  if (exitCode !== 0 || !top) return null;
  return { folder: top, isShallow: isShallow === 'true', options };
}

/** @throws SourceProblem also if the folder is in no repository */
export async function openRepository(folder: string, options: RepositoryOptions): Promise<Repository> {
  const found = await findRepository(folder, options);
  if (found !== null) return found;
  throw new SourceProblem(
    `${folder} is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes`,
  );
}

/**
 * Finds a commit; null if the repository does not have it.
 *
 * @throws SnoopError `wrong_use` for what git would read as an option
 */
export function findCommit(repository: Repository, revision: string): Promise<Commit | null> {
  const { commits } = repository.options;
  const key = `${repository.folder}\0${revision}`;
  const found = commits.get(key) ?? readCommit(repository, revision);
  commits.set(key, found);
  return found;
}

async function readCommit(repository: Repository, revision: string): Promise<Commit | null> {
  const id = await findObject(repository, `${revision}^{commit}`);
  if (id === null) return null;
  const { exitCode, stdout } = await git(repository, ['log', '-1', '--no-show-signature', '--format=%ct', id]);
  const seconds = Number(stdout);
  if (exitCode !== 0 || !Number.isSafeInteger(seconds)) return null;
  return { id, date: new Date(seconds * 1000).toISOString(), ...(await describeCommit(repository, id)) };
}

/** The release of a commit by its tags. */
async function describeCommit(repository: Repository, id: string): Promise<Pick<Commit, 'release' | 'isReleased'>> {
  const { stdout } = await git(repository, ['describe', '--tags', '--match', 'v[0-9]*', id]);
  const [, release, before, after] = described.exec(stdout.trim()) ?? [];
  return {
    release: release === undefined ? null : readRelease(release),
    isReleased: before === undefined && after === undefined,
  };
}

/** Whether a commit is a strict ancestor of another. A shallow clone may not know. */
export async function isStrictAncestor(repository: Repository, older: string, newer: string): Promise<boolean> {
  if (older === newer) return false;
  const { exitCode } = await git(repository, ['merge-base', '--is-ancestor', older, newer]);
  return exitCode === 0;
}

/** The last common commit of two; null: there is none, or a shallow clone does not have it. */
export async function findMergeBase(repository: Repository, one: string, other: string): Promise<string | null> {
  const { exitCode, stdout } = await git(repository, ['merge-base', one, other]);
  return exitCode === 0 ? stdout.trim() : null;
}

/**
 * Finds the files of a commit at a path: the file itself, or all below a folder.
 *
 * @param path from the top of the repository
 */
export async function listFiles(repository: Repository, commit: string, path: string): Promise<GitFile[]> {
  const args = ['--literal-pathspecs', 'ls-tree', '-r', '-z', '--full-tree', commit];
  if (path !== '' && path !== '.') args.push('--', path);
  const { exitCode, stdout, stderr } = await git(repository, args);
  if (exitCode !== 0) throw createGitProblem(repository, commit, path, stderr);
  return stdout.split('\0').flatMap((line) => {
    const [, blob, name] = /^100\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return blob === undefined || name === undefined ? [] : [{ path: name, blob }];
  });
}

/**
 * Reads files of a commit.
 *
 * @throws SourceProblem if they are too large, not text, or a partial clone does not have them
 */
export async function readFiles(repository: Repository, files: readonly GitFile[]): Promise<Buffer[]> {
  const read: Buffer[] = [];
  let left = maxBytes;
  for (const { path, blob } of files) {
    // Known before it is read: a program that prints too much ends with an error whose text can end this process.
    const size = await git(repository, ['cat-file', '-s', blob]);
    if (size.exitCode !== 0) throw createGitProblem(repository, blob, path, size.stderr);
    left -= Number(size.stdout);
    if (!(left >= 0) || files.length > maxFiles) {
      throw new SourceProblem(
        `${path} and the files beside it have more than ${maxBytes >> 20} MiB or ${maxFiles} files. Name a smaller document.`,
      );
    }
    const { exitCode, stdout, stderr } = await git(repository, ['cat-file', 'blob', blob]);
    if (exitCode !== 0) throw createGitProblem(repository, blob, path, stderr);
    const bytes = restoreBytes(stdout, blob);
    if (bytes === null) throw new SourceProblem(`${path} in git is not UTF-8 text. Unpack it, and give it as a file.`);
    read.push(bytes);
  }
  return read;
}

/**
 * The command that gets a revision, or the whole history with its tags, from where the repository came from.
 *
 * @param revision null: the history
 */
export async function formatFetch(repository: Repository, revision: string | null): Promise<string> {
  const { stdout } = await git(repository, ['remote']);
  const remotes = stdout.split('\n').filter((name) => /^[\w.-]+$/.test(name));
  const remote = ['upstream', 'origin'].find((name) => remotes.includes(name)) ?? remotes[0] ?? project;
  const isTag = revision !== null && /^v\d+\.\d+\.\d+/.test(revision);
  const depth = repository.isShallow ? (isTag ? ' --depth 1' : ' --unshallow') : '';
  const tag = isTag ? ` tag ${quoteWord(revision)}` : '';
  const tags = revision === null ? ' --tags' : '';
  return `git -C ${quoteWord(repository.folder)} fetch${depth}${tags} ${remote}${tag}`;
}

/** The command that gets the tags of kubernetes/kubernetes: a fork may lack the newest. */
export async function formatTagFetch(repository: Repository): Promise<string> {
  const { stdout } = await git(repository, ['remote']);
  const remote = stdout.split('\n').includes('upstream') ? 'upstream' : project;
  return `git -C ${quoteWord(repository.folder)} fetch${repository.isShallow ? ' --unshallow' : ''} --tags ${remote}`;
}

/** The name that git gives to a content. */
export function hashBlob(bytes: Buffer, like: string): string {
  const hash = createHash(like.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** The output of a program is text, without a byte order mark. */
function restoreBytes(text: string, blob: string): Buffer | null {
  const candidates = [Buffer.from(text), Buffer.from(`\uFEFF${text}`)];
  return candidates.find((bytes) => hashBlob(bytes, blob) === blob) ?? null;
}

function createGitProblem({ folder }: Repository, object: string, path: string, stderr: string): SourceProblem {
  const lines = stderr.trim().split('\n');
  const reason = lines.find((line) => /^(?:fatal|error): /.test(line)) ?? lines[0] ?? '';
  return new SourceProblem(
    `Git cannot read ${path}: ${reason}. In a partial clone this fetches it: git -C ${quoteWord(folder)} cat-file -p ${object}`,
  );
}

async function findObject(repository: Repository, name: string): Promise<string | null> {
  if (name.startsWith('-') || name.includes('\0') || name.length > 1000) {
    throw wrongUse(`'${name.slice(0, 100)}' is not a git revision.`, 'Name a tag, branch or commit: v1.37.0');
  }
  const { exitCode, stdout } = await git(repository, ['rev-parse', '--verify', '--quiet', name]);
  const id = stdout.trim();
  return exitCode === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

function git({ folder, options }: Repository, args: readonly string[]): ReturnType<typeof runGit> {
  return runGit(folder, args, options);
}

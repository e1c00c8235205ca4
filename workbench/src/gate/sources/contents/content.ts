import { createHash } from 'node:crypto';
import { dirname, relative, resolve, sep } from 'node:path';
import { realpath, stat } from 'node:fs/promises';
import { findInputs, readInput } from '@snoop/snoopdb';
import {
  type Commit,
  findCommit,
  findRepository,
  hashBlob,
  listFiles,
  readFiles,
  type Repository,
  type RepositoryOptions,
} from './repository.ts';
import { hideSecrets } from './describe-source.ts';
import { SourceProblem } from './source-problem.ts';

/** The bytes of a source, and what their origin knows about them. */
export interface Content {
  readonly name: string;
  /** One, or those of a folder. */
  readonly files: readonly ContentFile[];
  readonly git: GitOrigin | null;
}

export interface ContentFile {
  /** Begins with the name of its folder. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Where a content is in git. */
export interface GitOrigin {
  readonly repository: Repository;
  /** The commit that has it; for files of a working tree, the one that is checked out. */
  readonly commit: Commit;
  /** From the top of the repository. */
  readonly path: string;
  /** Whether the commit has just these bytes. */
  readonly isCommitted: boolean;
  /** Whether the repository is that of the API, so that its tags are releases; not one that keeps a copy. */
  readonly isOfProject: boolean;
}

export interface ReadOptions extends RepositoryOptions {
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
  /** Of all files together. */
  readonly maxBytes: number;
  /** Which files of a folder are read. */
  readonly extensions?: readonly string[];
  /** For all bytes. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;

/**
 * Reads a file, a folder, a URL or `-`, within bounds of size and time.
 *
 * @throws SourceProblem or SnoopDbError `unreadable_input` if it cannot be read; the signal's reason
 */
export async function readContent(name: string, options: ReadOptions): Promise<Content> {
  const { cwd, stdin, maxBytes, extensions, timeoutMs = defaultTimeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const inputs = await findInputs(name, {
      cwd,
      stdin,
      pipedTo: 'snoop gate',
      ...(extensions && { extensions }),
    });
    const files: ContentFile[] = [];
    let left = maxBytes;
    for (const input of inputs) {
      const bytes = await readInput(input, { maxBytes: left, signal });
      left -= bytes.length;
      files.push({ name: input.name, bytes });
    }
    return { name: inputs.length === 1 ? (inputs[0]?.name ?? name) : name, files, git: null };
  } catch (error) {
    if (!timeout.aborted || options.signal.aborted) throw error;
    throw new SourceProblem(
      `${hideSecrets(name)} was not read to its end within ${timeoutMs / 1000} s. Save it to a file, and give that.`,
    );
  }
}

/**
 * Reads a path of a commit: a file, or the files of a folder with one of the extensions.
 *
 * @param name for people
 * @throws SourceProblem if it cannot be read or does not exist
 */
export async function readGitContent(
  name: string,
  { repository, commit, path, isOfProject }: Omit<GitOrigin, 'isCommitted'>,
  extensions: readonly string[],
): Promise<Content> {
  const found = await listFiles(repository, commit.id, path);
  const isFile = found.length === 1 && found[0]?.path === path;
  const wanted = isFile ? found : found.filter((file) => hasExtension(file.path, extensions));
  if (wanted.length === 0) {
    throw new SourceProblem(
      `Commit ${commit.id.slice(0, 12)} has no ${path}. Name the path, too: --previous ${commit.id.slice(0, 12)}:PATH`,
    );
  }
  const contents = await readFiles(repository, wanted);
  const files = contents.map((bytes, index) => ({ name: `${wanted[index]?.path}`, bytes }));
  return { name, files, git: { repository, commit, path, isCommitted: true, isOfProject } };
}

/**
 * Finds a file or folder of a working tree in git; null if it is in none, or not tracked.
 *
 * @param content of the file or folder
 * @throws SourceProblem as {@link findRepository}
 */
export async function findOrigin(
  content: Content,
  name: string,
  options: ReadOptions,
  isOfProject: (path: string) => boolean,
): Promise<GitOrigin | null> {
  if (name === '-' || /^https?:\/\//i.test(name)) return null;
  const path = await realpath(resolve(options.cwd, name));
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const repository = await findRepository(folder, options);
  const commit = repository && (await findCommit(repository, 'HEAD'));
  if (!repository || !commit) return null;
  const inside = relative(await realpath(repository.folder), path)
    .split(sep)
    .join('/');
  const committed = await listFiles(repository, commit.id, inside);
  if (committed.length === 0) return null;
  const like = committed[0]?.blob ?? '';
  const known = committed.filter((file) => file.path === inside || hasExtension(file.path, options.extensions));
  const isCommitted =
    joinSorted(known.map(({ blob }) => blob)) === joinSorted(content.files.map(({ bytes }) => hashBlob(bytes, like)));
  return { repository, commit, path: inside, isCommitted, isOfProject: isOfProject(inside) };
}

function hasExtension(path: string, extensions: readonly string[] = []): boolean {
  return extensions.some((extension) => path.endsWith(extension));
}

function joinSorted(hashes: readonly string[]): string {
  return hashes.toSorted().join();
}

/** The commit of a content, if it is one of the API's repository; and whether it has just these bytes. */
export function findProjectCommit({ git }: Content): { commit: Commit; isCommitted: boolean } | null {
  return git?.isOfProject === true ? { commit: git.commit, isCommitted: git.isCommitted } : null;
}

/** The digest of a content: that of its bytes; of several files, of their digests. */
export function digestContent({ files }: Content): { digest: string; bytes: number } {
  const digests = files.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
  const [only = ''] = digests;
  const digest = digests.length === 1 ? only : createHash('sha256').update(digests.join('\n')).digest('hex');
  return { digest, bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

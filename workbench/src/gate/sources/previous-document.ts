import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { isSameMinor, normalizeRelease, splitRelease } from '@snoop/snoopdb';
import { wrongUse } from '../../errors.ts';
import type { GateDocument } from '../facts.ts';
import { type Content, readGitContent } from './contents/content.ts';
import {
  findCommit,
  findMergeBase,
  findRepository,
  formatFetch,
  isStrictAncestor,
  type Repository,
} from './contents/repository.ts';
import { SourceProblem } from './contents/source-problem.ts';
import { type DocumentContext, type ReadGateDocument, readGateDocument } from './documents/gate-document.ts';
import { createShippedDocument } from './documents/shipped-document.ts';
import { manifestExtensions, maxDocumentBytes, readNamed, type SourceContext } from './named-content.ts';
import { kubernetesPaths } from './places.ts';

/** What the previous document is read with. */
export interface PreviousContext extends SourceContext {
  readonly current: ReadGateDocument;
  readonly shipped: DocumentContext['shipped'];
}

/** `./1.36` is a file. */
const releasePattern = /^v?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-(?:alpha|beta|rc)\.\d{1,4})?$/;

/**
 * Reads the previous document: a file, a URL, a git revision, a release, or by default the release before the current
 * document in the checkout. What is broken becomes a problem of its source.
 *
 * @throws SnoopError `wrong_use`
 */
export async function readPreviousDocument(context: PreviousContext): Promise<ReadGateDocument> {
  const { request, shipped } = context;
  const { previous, groups, signal } = request;
  checkSpelling(previous);
  const role = 'previous document';
  const release = previous !== null && releasePattern.test(previous) ? normalizeRelease(previous) : null;
  if (release !== null && shipped.releases.includes(release) && !(await hasTag(context, release))) {
    return { document: await createShippedDocument(role, release), git: null };
  }
  const read = await readGateDocument(previous ?? 'previous release', () => readPreviousContent(context, release), {
    role,
    release: request.previousRelease,
    commit: null,
    isOwn: groups !== null,
    shipped,
    signal,
  });
  return { ...read, document: await checkOrder(read, context) };
}

function checkSpelling(name: string | null): void {
  if (name === null || name === '-' || !/^[-:]/.test(name)) return;
  throw wrongUse(`'${name.slice(0, 100)}' is not a previous document.`, 'Give a FILE, a git revision, or a RELEASE.');
}

async function readPreviousContent(context: PreviousContext, release: string | null): Promise<Content> {
  const { request, checkout } = context;
  const { previous, cwd } = request;
  if (checkout?.problem) throw new SourceProblem(checkout.problem);
  if (previous === null) return readTag(context, await findReleaseBefore(context));
  if (release !== null) return readTag(context, release);
  const isElsewhere = previous === '-' || /^https?:\/\//i.test(previous) || (await exists(resolve(cwd, previous)));
  const repository = isElsewhere ? null : await findNearRepository(context);
  if (repository === null) return readNamed(previous, context, maxDocumentBytes);
  const [revision = '', path] = splitRevision(previous, repository, cwd);
  return readRevision(context, repository, revision, path);
}

/** The repository of the API, in which tags are releases. */
function findProject({ checkout, current }: PreviousContext): Repository | null {
  return checkout?.repository ?? (current.git?.isOfProject === true ? current.git.repository : null);
}

async function findNearRepository(context: PreviousContext): Promise<Repository | null> {
  const { request, git, checkout, current } = context;
  return checkout?.repository ?? current.git?.repository ?? findRepository(request.cwd, git);
}

async function hasTag(context: PreviousContext, release: string): Promise<boolean> {
  const repository = findProject(context);
  return repository !== null && (await findCommit(repository, `refs/tags/v${release}`)) !== null;
}

async function readTag(context: PreviousContext, release: string): Promise<Content> {
  const repository = findProject(context);
  if (repository !== null) return readRevision(context, repository, `v${release}`, undefined);
  const { releases } = context.shipped;
  throw new SourceProblem(
    `The endpoints of ${release} do not ship with this program, only those of ${releases.join(', ')}. Get the document: curl -fsSLo swagger-${release}.json https://raw.githubusercontent.com/kubernetes/kubernetes/v${release}/${kubernetesPaths.openapi}`,
  );
}

async function readRevision(
  context: PreviousContext,
  repository: Repository,
  revision: string,
  givenPath: string | undefined,
): Promise<Content> {
  const { request, current } = context;
  const commit = await findCommit(repository, revision);
  if (commit === null) {
    throw new SourceProblem(
      `${repository.folder} has no '${revision}'. Fetch it: ${await formatFetch(repository, revision)}`,
    );
  }
  const sameFolder = current.git?.repository.folder === repository.folder ? current.git.path : undefined;
  const path = givenPath ?? sameFolder ?? kubernetesPaths.openapi;
  const isOfProject = request.groups !== null || path === kubernetesPaths.openapi;
  return readGitContent(`git: ${revision}:${path}`, { repository, commit, path, isOfProject }, manifestExtensions);
}

/** `REF:PATH`; a path that begins with a dot is below the current folder, others are from the top. */
function splitRevision(name: string, { folder }: Repository, cwd: string): [revision: string, path?: string] {
  const [revision = '', ...rest] = name.split(':');
  if (rest.length === 0) return [revision];
  const path = rest.join(':').replace(/\/+$/, '');
  return [revision, path.startsWith('.') ? relative(folder, resolve(cwd, path)).split(sep).join('/') : path];
}

/** The `.0` of the minor release before the current document's. */
async function findReleaseBefore({ current, checkout }: PreviousContext): Promise<string> {
  const head = checkout?.repository ? await findCommit(checkout.repository, 'HEAD') : null;
  const release = current.document.source.release ?? head?.release;
  if (!release) {
    const fetch = checkout?.repository ? await formatFetch(checkout.repository, null) : 'git fetch --tags';
    throw new SourceProblem(
      `The release of the current document is unknown, and so is the one before. Use --release X.Y.Z, or fetch the tags: ${fetch}`,
    );
  }
  const { major, minor } = splitRelease(release);
  if (minor === 0) throw new SourceProblem(`No minor release is before ${release}. Give --previous REF.`);
  return `${major}.${minor - 1}.0`;
}

/** Finds out what git knows about the order of both documents. */
async function checkOrder({ document, git }: ReadGateDocument, { current }: PreviousContext): Promise<GateDocument> {
  const now = current.git;
  if (git === null || now === null || git.repository.folder !== now.repository.folder) return document;
  const { repository, commit } = git;
  const isSame = commit.id === now.commit.id;
  if (isSame ? !now.isCommitted : await isStrictAncestor(repository, commit.id, now.commit.id)) {
    return { ...document, isAncestor: true };
  }
  const fail = (problem: string): GateDocument => ({
    source: { ...document.source, problems: [...document.source.problems, problem] },
    endpoints: [],
    isAncestor: false,
  });
  const [id, nowId] = [commit.id.slice(0, 12), now.commit.id.slice(0, 12)];
  if (isSame && git.path === now.path) return fail(`It is commit ${id}, as the current document. Name an older one.`);
  if (await isStrictAncestor(repository, now.commit.id, commit.id)) {
    return fail(`Its commit ${id} is newer than ${nowId}, the current document's. Name an older one.`);
  }
  // Releases have branches of their own; that of another minor release need not be an ancestor.
  const [older, newer] = [document.source.release, current.document.source.release];
  if (isSame || (older !== null && newer !== null && !isSameMinor(older, newer))) return document;
  const base = await findMergeBase(repository, commit.id, now.commit.id);
  const wayOut = base === null ? `Get the history: ${await formatFetch(repository, null)}` : `Use --previous ${base}.`;
  return fail(`Its commit ${id} is not known to be older than ${nowId}, the current document's. ${wayOut}`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

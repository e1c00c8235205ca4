import { resolve } from 'node:path';
import { type Content, findOrigin, readContent } from './contents/content.ts';
import { openRepository, type Repository, type RepositoryOptions } from './contents/repository.ts';
import { explainProblem, SourceProblem } from './contents/source-problem.ts';
import { kubernetesPaths } from './places.ts';
import type { GateRequest } from './request.ts';

/** As the readers of snoopdb. */
export const maxDocumentBytes = 64 << 20;
export const maxListBytes = 8 << 20;
export const manifestExtensions = ['.yaml', '.yml', '.json'];

/** What sources are read with. */
export interface SourceContext {
  readonly request: GateRequest;
  readonly git: RepositoryOptions;
  /** Of --repo; null: none was given. */
  readonly checkout: Checkout | null;
}

/** The checkout of --repo. */
export interface Checkout {
  /** The top of its working tree; the given folder if there is a problem. */
  readonly top: string;
  readonly repository: Repository | null;
  readonly problem: string | null;
}

/** Opens the checkout of a request. */
export async function openSources(request: GateRequest): Promise<SourceContext> {
  const { env, signal } = request;
  const git = { env, signal, commits: new Map(), repositories: new Map() };
  return { request, git, checkout: request.repo === null ? null : await openCheckout(request.repo, request, git) };
}

async function openCheckout(repo: string, { cwd, signal }: GateRequest, git: RepositoryOptions): Promise<Checkout> {
  const top = resolve(cwd, repo);
  try {
    const repository = await openRepository(top, git);
    return { top: repository.folder, repository, problem: null };
  } catch (error) {
    return { top, repository: null, problem: explainProblem(error, signal) };
  }
}

/**
 * Reads a named file, folder, URL or `-`, and finds it in git.
 *
 * @param maxBytes of all files
 * @throws SourceProblem and as {@link readContent}
 */
export async function readNamed(
  name: string,
  { request, git, checkout }: SourceContext,
  maxBytes: number,
): Promise<Content> {
  if (checkout?.problem) throw new SourceProblem(checkout.problem);
  const { cwd, stdin, groups } = request;
  const options = { ...git, cwd, stdin, maxBytes, extensions: manifestExtensions };
  const content = await readContent(name, options);
  const isOfProject = (path: string): boolean =>
    groups !== null || Object.values<string>(kubernetesPaths).includes(path);
  try {
    return { ...content, git: await findOrigin(content, name, options, isOfProject) };
  } catch (error) {
    // Without --repo, git only adds facts.
    if (error instanceof SourceProblem && checkout === null) return content;
    throw error;
  }
}

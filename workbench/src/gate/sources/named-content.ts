import { resolve } from 'node:path';
import { type Content, findOrigin, type GitOrigin, readContent } from './contents/content.ts';
import type { GitOptions } from './contents/git.ts';
import { openRepository, type Repository } from './contents/repository.ts';
import { explainProblem, SourceProblem } from './contents/source-problem.ts';
import { kubernetesPaths } from './places.ts';
import type { GateRequest } from './request.ts';

/** As the readers of snoopdb. */
export const maxDocumentBytes = 64 << 20;
export const maxListBytes = 8 << 20;
export const manifestExtensions = ['.yaml', '.yml', '.json'];

/** The checkout of --repo. */
export interface Checkout {
  /** The top of its working tree; the given folder if there is a problem. */
  readonly top: string;
  readonly repository: Repository | null;
  readonly problem: string | null;
}

/** Opens the checkout of --repo; null: none was given. */
export async function openCheckout({ repo, cwd, env, signal }: GateRequest): Promise<Checkout | null> {
  if (repo === null) return null;
  const top = resolve(cwd, repo);
  try {
    const repository = await openRepository(top, { env, signal });
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
  request: GateRequest,
  checkout: Checkout | null,
  maxBytes: number,
): Promise<Content> {
  if (checkout?.problem) throw new SourceProblem(checkout.problem);
  const { cwd, stdin, env, signal, groups } = request;
  const options = { cwd, stdin, env, signal, maxBytes, extensions: manifestExtensions };
  const content = await readContent(name, options);
  const isOfProject = (path: string): boolean =>
    groups !== null || Object.values<string>(kubernetesPaths).includes(path);
  let git: GitOrigin | null;
  try {
    git = await findOrigin(content, name, options, isOfProject);
  } catch (error) {
    // Without --repo, git only adds facts.
    if (!(error instanceof SourceProblem) || checkout !== null) throw error;
    git = null;
  }
  return { ...content, git };
}

/** What git is run with. */
export function gitOptions({ env, signal }: GateRequest): GitOptions {
  return { env, signal };
}

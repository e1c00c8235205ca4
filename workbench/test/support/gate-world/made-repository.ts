import { spawnSync } from 'node:child_process';
import { makeFolder } from '../folder.ts';
import { readTree, type Tree, writeTree } from '../tree.ts';
import type { Files } from './made-files.ts';

/** Where a checkout of kubernetes/kubernetes has a gate's files. */
export const repositoryPaths = {
  openapi: 'api/openapi-spec/swagger.json',
  conformance: 'test/conformance/testdata/conformance.yaml',
  ineligible: 'test/conformance/testdata/ineligible_endpoints.yaml',
  pending: 'test/conformance/testdata/pending_eligible_endpoints.yaml',
} as const;

export interface MadeCommit {
  readonly branch: string;
  /** The branch that it begins at; otherwise its own. */
  readonly from?: string;
  readonly tag?: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly message: string;
  /** Paths and contents; null: removed. */
  readonly files: Readonly<Record<string, string | Buffer | null>>;
}

/** Creates a git repository with these commits, the last one checked out. @returns its folder and the last commit */
export async function makeRepository(commits: readonly MadeCommit[]): Promise<{ folder: string; head: string }> {
  const folder = await makeFolder();
  const known = made.get(commits);
  if (known !== undefined) {
    await writeTree(folder, known.tree);
    return { folder, head: known.head };
  }
  runGit(folder, ['init', '--quiet', '--template=', '--initial-branch', 'master']);
  runGit(folder, ['fast-import', '--quiet'], Buffer.concat(commits.flatMap(formatCommit)));
  runGit(folder, ['checkout', '--quiet', '--force', commits.at(-1)?.branch ?? 'master']);
  const head = runGit(folder, ['rev-parse', 'HEAD']).trim();
  made.set(commits, { tree: await readTree(folder), head });
  return { folder, head };
}

/** Repositories that were made before: files are written faster than git makes them. */
const made = new WeakMap<readonly MadeCommit[], { readonly tree: Tree; readonly head: string }>();

/**
 * The commits of kubernetes/kubernetes around a change: the release 1.36 on a branch, then master up to
 * v1.37.0-alpha.1, then the change.
 *
 * @param files of the change
 * @param before of 1.36, where they differ
 */
export function listCommits(
  files: Files,
  before: Partial<Record<keyof typeof repositoryPaths, string>> = {},
): MadeCommit[] {
  const time = Math.floor(Date.now() / 1000) - 40 * 86_400;
  const old = {
    [repositoryPaths.openapi]: files.previous,
    [repositoryPaths.conformance]: before.conformance ?? files.conformance,
    [repositoryPaths.ineligible]: before.ineligible ?? files.ineligible,
    [repositoryPaths.pending]: before.pending ?? '---\n',
  };
  const changed = Object.fromEntries(
    (Object.keys(repositoryPaths) as (keyof typeof repositoryPaths)[]).map((role) => [
      repositoryPaths[role],
      files[role],
    ]),
  );
  const master = { branch: 'master' };
  return [
    { ...master, time: time - 86_400, message: 'Work on 1.36', files: old, tag: 'v1.36.0-alpha.1' },
    {
      ...master,
      time,
      message: 'Kubernetes 1.36 is finished',
      files: { 'README.md': 'made up\n' },
      tag: 'v1.37.0-alpha.0',
    },
    {
      branch: 'release-1.36',
      from: 'master',
      time: time + 86_400,
      message: 'Release',
      files: { CHANGELOG: '1.36\n' },
      tag: 'v1.36.0',
    },
    {
      ...master,
      time: time + 2 * 86_400,
      message: 'Work on 1.37',
      files: { 'README.md': 'made up, too\n' },
      tag: 'v1.37.0-alpha.1',
    },
    { ...master, time: time + 3 * 86_400, message: 'Widgets are stable', files: changed },
  ];
}

/** Runs git without the user's configuration. */
export function runGit(folder: string, args: readonly string[], input?: Buffer): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd: folder,
    input,
    maxBuffer: 1 << 28,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr?.toString()}`);
  return stdout.toString();
}

/** A commit as git fast-import reads it. */
function formatCommit({ branch, from, tag, time, message, files }: MadeCommit): Buffer[] {
  const who = `A <a@example.org> ${time} +0000`;
  const parts: (string | Buffer)[] = [`commit refs/heads/${branch}\ncommitter ${who}\n${data(message)}`];
  if (from !== undefined) parts.push(`from refs/heads/${from}\n`);
  for (const [path, content] of Object.entries(files)) {
    if (content === null) parts.push(`D ${path}\n`);
    else parts.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n`, content, '\n');
  }
  parts.push('\n');
  if (tag !== undefined) parts.push(`tag ${tag}\nfrom refs/heads/${branch}\ntagger ${who}\n${data(tag)}`);
  return parts.map((part) => Buffer.from(part));
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

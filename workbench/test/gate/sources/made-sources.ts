import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { GateRequest } from '../../../src/gate/sources/request.ts';
import { kubernetesPaths } from '../../../src/gate/sources/places.ts';
import { makeFolder } from '../../support/folder.ts';
import { readTree, type Tree, writeTree } from '../../support/tree.ts';

/** A request that names nothing. */
export function createRequest(request: Partial<GateRequest>): GateRequest {
  return {
    openapi: null,
    previous: null,
    conformance: null,
    ineligible: null,
    pending: null,
    hits: [],
    repo: null,
    release: null,
    previousRelease: null,
    commit: null,
    hitsRelease: null,
    hitsDate: null,
    hitsCommit: null,
    groups: null,
    cwd: '/',
    stdin: new PassThrough(),
    env: process.env,
    signal: new AbortController().signal,
    progress: { print: () => {}, step: (_, work) => work(() => {}), bar: (_, work) => work(() => {}) },
    withPool: () => Promise.reject(new Error('there is no database')),
    ...request,
  };
}

/** A document with the list of each resource: `apps/v1/deployments`, `v1/pods`. */
export function createSwagger(resources: readonly string[], more: object = {}): string {
  const paths = resources.map((resource) => {
    const root = resource.startsWith('v') ? '/api' : '/apis';
    return [`${root}/${resource}`, { get: { operationId: nameList(resource), tags: [tag(resource)] } }];
  });
  return JSON.stringify({
    swagger: '2.0',
    info: { version: 'unversioned' },
    paths: Object.fromEntries(paths),
    ...more,
  });
}

/** The operationId of a resource's list. */
export function nameList(resource: string): string {
  return `list_${resource.replaceAll('/', '_')}`;
}

function tag(resource: string): string {
  return resource.split('/').slice(0, 2).join('_');
}

export function createConformance(codenames: readonly string[], release = 'v1.30'): string {
  return codenames
    .map(
      (name) =>
        `- testname: T\n  codename: '${name}'\n  description: D\n  release: ${release}\n  file: test/e2e/a.go\n`,
    )
    .join('');
}

export interface MadeRepository {
  readonly folder: string;
  /** Runs git; its output without blanks at the ends. */
  git(...args: readonly string[]): string;
  /** Writes files and commits everything. @returns the commit */
  commit(files: Readonly<Record<string, string>>, tag?: string): Promise<string>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

/** A new git repository, removed after the test. */
export async function makeRepository(): Promise<MadeRepository> {
  const folder = await makeFolder();
  const made = openMade(folder);
  made.git('init', '--quiet', '--template=', '--initial-branch=master');
  return made;
}

/** Clones the last commit of a repository only. */
export async function cloneShallow(origin: MadeRepository): Promise<MadeRepository> {
  const folder = join(await makeFolder(), 'clone');
  execFileSync('git', ['clone', '--quiet', '--depth', '1', '--no-tags', `file://${origin.folder}`, folder]);
  return openMade(folder);
}

function openMade(folder: string, since = 1_780_000_000): MadeRepository {
  const author = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'C', GIT_COMMITTER_EMAIL: 'c@example.com' };
  let seconds = since;
  const git = (...args: readonly string[]): string => {
    seconds += 60;
    const dates = { GIT_AUTHOR_DATE: `${seconds} +0200`, GIT_COMMITTER_DATE: `${seconds} +0200` };
    const env = { PATH: process.env.PATH, HOME: folder, ...author, ...committer, ...dates };
    return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
  };
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  };
  return {
    folder,
    git,
    write,
    async commit(files, tag) {
      await write(files);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', 'Change');
      if (tag !== undefined) git('tag', tag);
      return git('rev-parse', 'HEAD');
    },
  };
}

type Kubernetes = MadeRepository & { readonly released: string; readonly head: string };

let made: { readonly tree: Tree; readonly released: string; readonly head: string } | null = null;

/** A checkout of a made-up Kubernetes: 1.37.0 on a branch, and 1.38 in development on master. */
export async function makeKubernetes(): Promise<Kubernetes> {
  if (made === null) {
    const { folder, released, head } = await createKubernetes();
    made = { tree: await readTree(folder), released, head };
  }
  const { tree, released, head } = made;
  const folder = await makeFolder();
  await writeTree(folder, tree);
  return { ...openMade(folder, 1_790_000_000), released, head };
}

/** Slower than a copy. */
async function createKubernetes(): Promise<Kubernetes> {
  const repository = await makeRepository();
  const { openapi, conformance, ineligible, pending } = kubernetesPaths;
  await repository.commit(
    {
      [openapi]: createSwagger(['v1/pods']),
      [conformance]: createConformance(['[sig-node] Pods run [Conformance]']),
      [ineligible]: '- endpoint: list_v1_nodes\n  reason: R\n  link: L\n',
      [pending]: '---\n- list_a_v1_as\n',
    },
    'v1.37.0-alpha.1',
  );
  const released = await repository.commit({ 'branch-cut': '' });
  repository.git('checkout', '--quiet', '-b', 'release-1.37');
  await repository.commit({ CHANGELOG: '1.37.0' }, 'v1.37.0');
  repository.git('checkout', '--quiet', 'master');
  await repository.commit({ CHANGELOG: '1.38' }, 'v1.38.0-alpha.0');
  const head = await repository.commit({
    [openapi]: createSwagger(['v1/pods', 'apps/v1/deployments']),
    [conformance]: createConformance(['[sig-node] Pods run [Conformance]', '[sig-apps] Deployments run [Conformance]']),
    [pending]: '---\n- list_a_v1_as\n# a reason\n- list_b_v1_bs\n',
  });
  return { ...repository, released, head };
}

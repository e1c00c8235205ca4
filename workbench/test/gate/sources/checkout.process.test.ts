import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGateFacts } from '../../../src/gate/sources/gate-facts.ts';
import { kubernetesPaths } from '../../../src/gate/sources/places.ts';
import type { GateRequest } from '../../../src/gate/sources/request.ts';
import { makeFolder } from '../../support/folder.ts';
import {
  cloneShallow,
  createConformance,
  createRequest,
  createSwagger,
  type MadeRepository,
  makeKubernetes,
} from './made-sources.ts';

function read({ folder }: Pick<MadeRepository, 'folder'>, request: Partial<GateRequest> = {}) {
  return readGateFacts(createRequest({ repo: '.', cwd: folder, ...request }));
}

function plain(text: string | undefined, { folder }: Pick<MadeRepository, 'folder'>): string {
  return (text ?? '').replaceAll(folder, 'DIR').replaceAll(/\b[0-9a-f]{12}(?:[0-9a-f]{28})?\b/g, 'COMMIT');
}

/** The problems of all sources. */
async function problems(repository: Pick<MadeRepository, 'folder'>, request: Partial<GateRequest> = {}) {
  const { current, previous, conformance, ineligible, pending } = await read(repository, request);
  return [current, previous, conformance, ineligible, pending].flatMap((one) =>
    (one?.source.problems ?? []).map((problem) => `${one?.source.role}: ${plain(problem, repository)}`),
  );
}

test('a checkout has documents, lists, releases, dates and commits', async () => {
  const kubernetes = await makeKubernetes();
  const { current, previous, conformance, ineligible, pending } = await read(kubernetes);
  expect(current.source).toMatchObject({
    name: kubernetesPaths.openapi,
    count: 2,
    release: '1.38.0',
    releaseFrom: 'git',
    commit: kubernetes.head,
    commitFrom: 'git',
    dateFrom: 'git',
    problems: [],
    notes: [],
  });
  expect(current.source.date).toMatch(/^2026-.*Z$/);
  expect(previous.source).toMatchObject({
    name: `git: v1.37.0:${kubernetesPaths.openapi}`,
    count: 1,
    release: '1.37.0',
    releaseFrom: 'git',
    commit: kubernetes.git('rev-parse', 'v1.37.0'),
    problems: [],
  });
  expect(previous.isAncestor).toBe(false);
  expect(
    conformance?.entries.map(({ codename, line, added, promotedIn }) => [codename, line, added, promotedIn]),
  ).toEqual([
    ['[sig-node] Pods run [Conformance]', 1, false, '1.30.0'],
    ['[sig-apps] Deployments run [Conformance]', 6, true, '1.30.0'],
  ]);
  expect(ineligible?.entries).toEqual([{ endpoint: 'list_v1_nodes', reason: 'R', link: 'L', line: 1, added: false }]);
  expect(pending?.entries).toEqual([
    { endpoint: 'list_a_v1_as', line: 2, since: '1.37.0', sinceFrom: 'git', added: false },
    { endpoint: 'list_b_v1_bs', line: 4, since: '1.38.0', sinceFrom: 'git', added: true },
  ]);
});

test('a test whose tags moved is not added', async () => {
  const kubernetes = await makeKubernetes();
  await kubernetes.commit({ [kubernetesPaths.conformance]: createConformance(['[sig-node] Pods [Conformance] run']) });
  const { conformance } = await read(kubernetes);
  expect(conformance?.entries.map(({ added }) => added)).toEqual([false]);
});

test.each(['repo', 'openapi', 'previous', 'conformance', 'ineligible', 'pending'] as const)(
  'an empty %s is wrong use, not the current folder',
  async (flag) => {
    const message = `--${flag} is empty.`;
    await expect(read(await makeKubernetes(), { [flag]: '' })).rejects.toMatchObject({ message, exitCode: 2 });
  },
);

test('an empty source of hits is wrong use', async () => {
  const message = '--hits is empty.';
  await expect(read(await makeKubernetes(), { hits: [' '] })).rejects.toMatchObject({ message, exitCode: 2 });
});

test('a pending entry is as old as in shipped lists, although its line was edited later', async () => {
  const kubernetes = await makeKubernetes();
  await kubernetes.commit({ [kubernetesPaths.pending]: '- getLifecycleAPIGroup # edited\n' });
  const { pending } = await read(kubernetes);
  expect(pending?.entries).toMatchObject([{ since: '1.37.0', sinceFrom: 'shipped data' }]);
});

test('a pending entry that moved within its list, or was sorted with the others, is not younger', async () => {
  const kubernetes = await makeKubernetes();
  await kubernetes.commit({
    [kubernetesPaths.pending]: '---\n# a reason\n- list_b_v1_bs\n- list_c_v1_cs\n- list_a_v1_as\n',
  });
  const { pending } = await read(kubernetes);
  expect(pending?.entries).toMatchObject([
    { endpoint: 'list_b_v1_bs', since: '1.38.0' },
    { endpoint: 'list_c_v1_cs', since: '1.38.0' },
    { endpoint: 'list_a_v1_as', since: '1.37.0', sinceFrom: 'git' },
  ]);
});

test('of repeated pending entries the oldest line counts', async () => {
  const kubernetes = await makeKubernetes();
  await kubernetes.commit({
    [kubernetesPaths.pending]: '---\n- list_a_v1_as\n- list_a_v1_as # again\n- list_a_v1_as\n',
  });
  const { pending } = await read(kubernetes);
  expect(pending?.entries).toMatchObject([{ endpoint: 'list_a_v1_as', line: 2, since: '1.37.0', sinceFrom: 'git' }]);
});

test('no answer has the password or query of a URL', async () => {
  const kubernetes = await makeKubernetes();
  // Port 1 is refused by fetch before anything is sent.
  const url = 'http://ada:secret@127.0.0.1:1/file?token=secret';
  const facts = await read(kubernetes, {
    openapi: url,
    previous: url,
    conformance: url,
    ineligible: url,
    pending: url,
  });
  expect(facts.current.source.name).toBe('http://127.0.0.1:1/file');
  expect(JSON.stringify(facts)).not.toContain('secret');
});

test('a folder in the checkout is enough', async () => {
  const kubernetes = await makeKubernetes();
  const facts = await read(kubernetes, { cwd: join(kubernetes.folder, 'api') });
  expect([facts.current.source.release, facts.previous.source.release]).toEqual(['1.38.0', '1.37.0']);
});

test('changes that are not committed have no commit, and come after HEAD', async () => {
  const kubernetes = await makeKubernetes();
  await kubernetes.write({
    [kubernetesPaths.openapi]: createSwagger(['v1/pods', 'apps/v1/deployments', 'apps/v1/daemonsets']),
    [kubernetesPaths.pending]: '- list_a_v1_as\n- list_c_v1_cs\n',
  });
  const { current, previous, pending } = await read(kubernetes, { previous: 'HEAD' });
  expect(current.source).toMatchObject({ release: '1.38.0', commit: null, date: null, problems: [] });
  expect(current.source.notes.map((note) => plain(note, kubernetes))).toEqual(['It differs from commit COMMIT.']);
  expect(previous.isAncestor).toBe(true);
  expect(pending?.entries.map(({ since }) => since)).toEqual(['1.37.0', '1.38.0']);
});

test('a revision is read at the path of the document, and git knows the order', async () => {
  const kubernetes = await makeKubernetes();
  const { openapi } = kubernetesPaths;
  const request = { repo: null, ...kubernetesPaths };
  for (const previous of [
    'HEAD~1',
    `HEAD~1:${openapi}`,
    `HEAD~1:./${openapi}`,
    'v1.38.0-alpha.0',
    kubernetes.released,
  ]) {
    const facts = await read(kubernetes, { ...request, previous });
    expect(facts.previous.source.problems).toEqual([]);
    expect([facts.previous.isAncestor, facts.previous.endpoints.length]).toEqual([true, 1]);
  }
});

test('a revision that is not older is a problem', async () => {
  const kubernetes = await makeKubernetes();
  expect(await problems(kubernetes, { previous: 'HEAD' })).toMatchInlineSnapshot(`
    [
      "previous document: It is commit COMMIT, as the current document. Name an older one.",
    ]
  `);
  kubernetes.git('checkout', '--quiet', '--detach', 'HEAD~1');
  expect(await problems(kubernetes, { previous: 'master' })).toMatchInlineSnapshot(`
    [
      "previous document: Its commit COMMIT is newer than COMMIT, the current document's. Name an older one.",
    ]
  `);
  await kubernetes.commit({ other: '' });
  expect(await problems(kubernetes, { previous: 'master' })).toMatchInlineSnapshot(`
    [
      "previous document: Its commit COMMIT is not known to be older than COMMIT, the current document's. Use --previous COMMIT.",
    ]
  `);
});

test('a checkout with old tags is a problem with the command that gets the new ones', async () => {
  const fork = await makeKubernetes();
  expect((await problems(fork, { release: '1.40.0' }))[0]).toMatchInlineSnapshot(
    `"document: api/openapi-spec/swagger.json is of 1.40.0 by --release, but of 1.38.0 by its tags in git. Give the document of one release, or correct --release. If the checkout has old tags, fetch them: git -C DIR fetch --tags https://github.com/kubernetes/kubernetes"`,
  );
  fork.git('remote', 'add', 'upstream', 'https://example.com/kubernetes');
  expect((await problems(fork, { release: '1.40.0' }))[0]).toContain('git -C DIR fetch --tags upstream');
});

test('a document that git cannot find is a problem with the command that gets it', async () => {
  const kubernetes = await makeKubernetes();
  const shallow = await cloneShallow(kubernetes);
  expect(await problems(shallow)).toMatchInlineSnapshot(`
    [
      "previous document: The release of the current document is unknown, and so is the one before. Use --release X.Y.Z, or fetch the tags: git -C DIR fetch --unshallow --tags origin",
    ]
  `);
  expect(await problems(shallow, { release: '1.38' })).toMatchInlineSnapshot(`
    [
      "previous document: DIR has no 'v1.37.0'. Fetch it: git -C DIR fetch --depth 1 origin tag v1.37.0",
    ]
  `);
  expect(await problems(shallow, { release: '1.38', previous: 'HEAD~1' })).toMatchInlineSnapshot(`
    [
      "previous document: DIR has no 'HEAD~1'. Fetch it: git -C DIR fetch --unshallow origin",
    ]
  `);
  expect(await problems(kubernetes, { previous: 'v1.30.0' })).toMatchInlineSnapshot(`
    [
      "previous document: DIR has no 'v1.30.0'. Fetch it: git -C DIR fetch https://github.com/kubernetes/kubernetes tag v1.30.0",
    ]
  `);
  expect(await problems(kubernetes, { previous: 'no-branch' })).toMatchInlineSnapshot(`
    [
      "previous document: DIR has no 'no-branch'. Fetch it: git -C DIR fetch https://github.com/kubernetes/kubernetes",
    ]
  `);
  expect(await problems(kubernetes, { previous: 'HEAD~1:api/other.json' })).toMatchInlineSnapshot(`
    [
      "previous document: Commit COMMIT has no api/other.json. Name the path, too: --previous COMMIT:PATH",
    ]
  `);
});

test('the command for a missing tag gets it, and a shallow clone is enough', async () => {
  const kubernetes = await makeKubernetes();
  const shallow = await cloneShallow(kubernetes);
  const [problem = ''] = await problems(shallow, { release: '1.38' });
  const command = /git -C DIR (.*)$/.exec(problem)?.[1] ?? '';
  shallow.git(...command.split(' '));
  const { previous, pending } = await read(shallow, { release: '1.38' });
  expect(previous.source).toMatchObject({ release: '1.37.0', problems: [] });
  // All lines come from the commit where the clone ends.
  expect(pending?.entries.map(({ since }) => since)).toEqual([null, null]);
});

test('a tag that git lacks is read from shipped data', async () => {
  const { previous } = await read(await makeKubernetes(), { previous: '1.36' });
  expect(previous.source).toMatchObject({ release: '1.36.0', releaseFrom: 'shipped data', problems: [], count: 1123 });
});

test('every source names the problem of a folder without a repository', async () => {
  const folder = await makeFolder();
  expect(await problems({ folder })).toMatchInlineSnapshot(`
    [
      "document: DIR is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes",
      "previous document: DIR is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes",
      "conformance tests: DIR is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes",
      "ineligible: DIR is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes",
      "pending: DIR is not in the working tree of a git repository. Give a checkout: git clone https://github.com/kubernetes/kubernetes",
    ]
  `);
  expect(await problems({ folder }, { repo: 'missing' })).toHaveLength(5);
});

test('without git, only the files are read', async () => {
  const kubernetes = await makeKubernetes();
  const env = { PATH: '/nowhere' };
  expect((await problems(kubernetes, { env })).at(0)).toMatchInlineSnapshot(
    `"document: The program git is not on the PATH. Install it, or give files instead of revisions."`,
  );
  const facts = await read(kubernetes, { env, repo: null, ...kubernetesPaths, previous: '1.36' });
  expect(facts.current.source).toMatchObject({ problems: [], commit: null, release: null });
});

test('git starts no program that the repository names', async () => {
  const kubernetes = await makeKubernetes();
  const trap = join(kubernetes.folder, 'trap');
  await writeFile(trap, `#!/bin/sh\ntouch ${kubernetes.folder}/sprung\n`);
  await chmod(trap, 0o755);
  for (const name of ['core.fsmonitor', 'core.pager', 'diff.x.textconv', 'gpg.program', 'core.sshCommand']) {
    kubernetes.git('config', name, trap);
  }
  kubernetes.git('config', 'log.showSignature', 'true');
  kubernetes.git('config', 'core.hooksPath', kubernetes.folder);
  await kubernetes.write({ '.git/info/attributes': '* diff=x filter=x\n' });
  await read(kubernetes);
  await expect(readFile(join(kubernetes.folder, 'sprung'))).rejects.toThrow('ENOENT');
});

test('a partial clone fetches nothing by itself', async () => {
  const kubernetes = await makeKubernetes();
  kubernetes.git('config', 'uploadpack.allowFilter', 'true');
  const folder = join(await makeFolder(), 'clone');
  execFileSync('git', ['clone', '--quiet', '--filter=blob:none', `file://${kubernetes.folder}`, folder]);
  const sprung = join(folder, 'sprung');
  execFileSync('git', ['-C', folder, 'config', 'remote.origin.url', `ext::touch ${sprung}`]);
  execFileSync('git', ['-C', folder, 'config', 'protocol.ext.allow', 'always']);
  expect(await problems({ folder })).toMatchInlineSnapshot(`
    [
      "previous document: Git cannot read api/openapi-spec/swagger.json: fatal: could not fetch COMMIT from promisor remote. In a partial clone this fetches it: git -C DIR cat-file -p COMMIT",
    ]
  `);
  await expect(readFile(sprung)).rejects.toThrow('ENOENT');
});

test('a link to a checkout is one', async () => {
  const kubernetes = await makeKubernetes();
  const link = join(await makeFolder(), 'link');
  await symlink(kubernetes.folder, link);
  const { current } = await read({ folder: link });
  expect(current.source).toMatchObject({ commit: kubernetes.head, problems: [] });
});

test('missing files of a checkout are problems', async () => {
  const kubernetes = await makeKubernetes();
  await rm(join(kubernetes.folder, kubernetesPaths.pending));
  await rm(join(kubernetes.folder, kubernetesPaths.openapi));
  await mkdir(join(kubernetes.folder, kubernetesPaths.openapi));
  expect(await problems(kubernetes)).toMatchInlineSnapshot(`
    [
      "document: api/openapi-spec/swagger.json has no file whose name ends in .yaml, .yml, .json (or with .gz). Name files, or another directory. Give a file that you can read, or another URL.",
      "pending: test/conformance/testdata/pending_eligible_endpoints.yaml cannot be read: it does not exist. Give a file that you can read, or another URL.",
    ]
  `);
});

test.for([
  [{ previous: '--upload-pack=x' }, "'--upload-pack=x' is not a previous document."],
  [{ commit: 'HEAD' }, "--commit 'HEAD' is not a commit."],
  [{ release: 'next' }, "--release 'next' is not a release."],
  [{ hitsDate: 'yesterday' }, "--hits-date 'yesterday' is not a date."],
  [{ openapi: '-', pending: '-' }, "'-' is given for several sources."],
  [{ repo: null }, 'The current document is missing.'],
  [{ repo: null, openapi: 'a', previous: '1.36' }, 'The list of conformance tests is missing.'],
  [{ repo: null, openapi: 'a', previous: '1.36', conformance: 'c' }, 'The list of ineligible endpoints is missing.'],
  [
    { repo: null, openapi: 'a', previous: '1.36', conformance: 'c', ineligible: 'i' },
    'The list of pending endpoints is missing.',
  ],
] as const)('wrong use: %j', async ([request, message]) => {
  const kubernetes = await makeKubernetes();
  await expect(read(kubernetes, request)).rejects.toMatchObject({ message, exitCode: 2 });
});

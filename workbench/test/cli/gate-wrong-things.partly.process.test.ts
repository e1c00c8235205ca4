import { takeShare } from '@snoop/snoopdb/test-random';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeFolder } from '../support/folder.ts';
import { commit, fileNames, formatWorld, makeEvents, writeFiles } from '../support/gate-world/made-files.ts';
import { listCommits, makeRepository, runGit } from '../support/gate-world/made-repository.ts';
import { listEndpoints, makeWorld, pending, removeHit } from '../support/gate-world/made-world.ts';
import { type GateRun, judgeWorld, listFlags, runGate } from '../support/gate-world/run-gate.ts';

const files = formatWorld(makeWorld());
const commits = listCommits(files);

function tell({ exitCode, answer, stderr }: GateRun): string {
  return `${exitCode} ${answer?.verdict ?? stderr}\n${[...(answer?.doubts ?? []), ...(answer?.notes ?? []), ...(answer?.sources.flatMap(({ notes, problems }) => [...problems, ...notes]) ?? [])].join('\n')}`;
}

test('a shallow clone: which command gets the previous document', async () => {
  const { folder } = await makeRepository(commits);
  const shallow = await makeFolder();
  runGit(shallow, ['clone', '--quiet', '--depth', '1', `file://${folder}`, 'clone']);
  await writeFiles(shallow, { [`clone/${fileNames.coverage}`]: files.coverage });
  const run = await runGate(`${shallow}/clone`, ['--repo', '.', '--hits', fileNames.coverage]);
  expect(run.exitCode).toBe(3);
  expect(tell(run)).toMatch(/git (?:-C \S+ )?fetch [^\n]*/);
});

const absent = [
  'v9.99.0',
  'no-such-branch',
  'HEAD~100',
  '0000000000000000000000000000000000000000',
  '9.99',
  './nowhere.json',
];

test.each(takeShare(absent))('the previous document %s cannot be had', async (previous) => {
  const { folder } = await makeRepository(commits);
  await writeFiles(folder, { [fileNames.coverage]: files.coverage });
  const run = await runGate(folder, ['--repo', '.', '--hits', fileNames.coverage, '--previous', previous]);
  expect(run.exitCode).toBe(3);
  expect(tell(run)).toContain(previous);
});

const hostile = [
  '--output=x',
  '-h',
  'HEAD:README.md',
  'HEAD; touch pwned',
  'a\nb',
  '--upload-pack=touch pwned',
  '@{u}',
  ':/fix',
  'v1.36.0^{tree}',
];

test.each(takeShare(hostile))('a hostile name of a ref is refused: %j', async (previous) => {
  const { folder } = await makeRepository(commits);
  await writeFiles(folder, { [fileNames.coverage]: files.coverage });
  const run = await runGate(folder, ['--repo', '.', '--hits', fileNames.coverage, `--previous=${previous}`]);
  expect([2, 3], tell(run)).toContain(run.exitCode);
  expect(runGit(folder, ['status', '--short']).trim()).toBe(`?? ${fileNames.coverage}`);
});

const red = (): ReturnType<typeof makeWorld> => {
  const world = makeWorld();
  removeHit(world, 'createThingsV1NamespacedWidget');
  return world;
};

/** A log of a whole run of the document's commit, changed. */
function judgeLog(change: (log: string) => string, args: readonly string[] = []): Promise<GateRun> {
  return judgeWorld(red(), [...listFlags('log'), '--commit', commit, ...args], (made) => {
    made.log = change(String(made.log));
  });
}

test('the unchanged log is of a whole run of this commit', async () => {
  expect((await judgeLog((log) => log)).answer).toMatchObject({ verdict: 'missing', gaps: [{ state: 'missing' }] });
});

const lines = (log: string): string[] => log.split('\n').filter(Boolean);

/** The log of a policy that hides a group. The garbage collector lists every resource that it shows. */
function hideWidgets(log: string): string {
  const shown = lines(log).filter((line) => !line.includes('things.k8s.io'));
  const collected = shown
    .filter((line) => line.includes('"verb":"list"'))
    .map((line) =>
      line.replace(/"e2e\.test\/[^"]*"/, '"kube-controller-manager/v1.37.0 (linux/amd64) kubernetes/0123456"'),
    );
  return `${[...shown, ...collected].join('\n')}\n`;
}

test.each<[string, (log: string) => string, RegExp]>([
  ['cut within an event', (log) => log.slice(0, -300), /cannot be read as audit events/],
  [
    'with RequestReceived only',
    (log) =>
      `${lines(log)
        .filter((line) => line.includes('RequestReceived'))
        .join('\n')}\n`,
    /RequestReceived/,
  ],
  [
    'with some requests without an answer',
    (log) =>
      `${lines(log)
        .filter((line, index) => index < 40 || line.includes('RequestReceived'))
        .join('\n')}\n`,
    /RequestReceived|answer/,
  ],
  ['without any event of a group, as a policy with None rules makes it', hideWidgets, /widgets\.things\.k8s\.io/],
  [
    'with agents that the API server cut',
    (log) => log.replaceAll(/(-- \[sig-apps\] P)[^"]*/g, '$1...TRUNCATED'),
    /cut|truncated/i,
  ],
])('a log %s is described, and proves no absence', async (_, change, words) => {
  const run = await judgeLog(change);
  expect([1, 3], tell(run)).toContain(run.exitCode);
  expect(run.answer?.verdict, tell(run)).not.toBe('missing');
  expect(tell(run)).toMatch(words);
  const partial = await judgeLog(change, ['--partial']);
  expect(partial.exitCode, tell(partial)).not.toBe(0);
});

test('two releases in one log, and hits of a patch release, are named', async () => {
  const both = await judgeLog((log) => `${log}${log.replaceAll('e2e.test/v1.37.0', 'e2e.test/v1.36.0')}`);
  expect(both.exitCode, tell(both)).not.toBe(0);
  expect(tell(both)).toContain('1.36.0');
  const patch = await judgeLog((log) => log.replaceAll('e2e.test/v1.37.0', 'e2e.test/v1.37.2'));
  expect(patch.exitCode, tell(patch)).not.toBe(0);
  expect(tell(patch)).toContain('1.37.2');
  const other = await judgeLog((log) => log.replaceAll('e2e.test/v1.37.0', 'e2e.test/v1.36.0'));
  expect(other.exitCode, tell(other)).toBe(3);
});

test('hits of endpoints that the document lacks are listed apart', async () => {
  const world = makeWorld();
  const [pod] = listEndpoints(world.current).filter(({ endpoint }) => endpoint === 'readCoreV1NamespacedPod');
  const run = await judgeWorld(world, listFlags('log'), (made) => {
    if (!pod) return;
    const gated = { ...pod, path: '/apis/gated.k8s.io/v1alpha1/doors/{name}' };
    const events = makeEvents(gated, '[sig-x] doors', 900_000, { world, runOf: commit });
    made.log = `${String(made.log)}${events.join('\n')}\n`;
  });
  expect(run.exitCode, tell(run)).toBe(0);
  expect(run.answer?.unknownHits.join('\n')).toContain('gated.k8s.io');
});

test.each<[string, string, number[]]>([
  ['comments only', '# nothing yet\n', [1]],
  ['a document of comments only', '---\n# nothing yet\n', [1]],
  ['null', 'null\n', [1, 3]],
  ['an empty list', '[]\n', [1]],
  ['Windows line ends', `# one\r\n- ${pending}\r\n`, [0]],
  ['a byte order mark', `\uFEFF- ${pending}\n`, [0, 3]],
  ['a duplicate', `- ${pending}\n- ${pending}\n`, [0]],
  ['JSON', JSON.stringify([pending]), [0]],
  ['an object', `- endpoint: ${pending}\n`, [3]],
  ['a mapping', `${pending}: true\n`, [3]],
  ['a number', '- 12\n', [1, 3]],
  ['an empty name', `- ${pending}\n- ""\n`, [3]],
  ['a pattern', '- "*"\n', [1, 3]],
  ['another case', `- ${pending.toUpperCase()}\n`, [1, 3]],
  ['nested lists', `- [${pending}]\n`, [3]],
  ['a tag', `- !!js/function ${pending}\n`, [3]],
])('a pending list with %s', async (_, content, exitCodes) => {
  const run = await judgeWorld(makeWorld(), listFlags(), (made) => {
    made.pending = content;
  });
  expect(exitCodes, tell(run)).toContain(run.exitCode);
});

test.each<[string, string, number[]]>([
  ['comments only', '# nothing yet\n', [1, 3]],
  ['Windows line ends', files.ineligible.toString().replaceAll('\n', '\r\n'), [0]],
  ['a duplicate', `${files.ineligible}${files.ineligible}`, [0]],
  ['an unknown key', `${files.ineligible}  approved: yes\n`, [0, 3]],
  ['an entry without a reason', `- endpoint: createThingsV1NamespacedGadget\n`, [0, 3]],
  ['an entry without an endpoint', `${files.ineligible}- reason: a\n  link: b\n`, [3]],
  ['names only', '- createThingsV1NamespacedGadget\n', [3]],
  ['a list of endpoints in an entry', '- endpoint: [createThingsV1NamespacedGadget]\n  reason: a\n  link: b\n', [3]],
])('a list of ineligible endpoints with %s', async (_, content, exitCodes) => {
  const run = await judgeWorld(makeWorld(), listFlags(), (made) => {
    made.ineligible = content;
  });
  expect(exitCodes, tell(run)).toContain(run.exitCode);
  if (run.exitCode === 3) expect(tell(run)).toContain(fileNames.ineligible);
});

test('the place of what is refused in a list is named with line and column', async () => {
  const run = await judgeWorld(makeWorld(), listFlags(), (made) => {
    made.pending = `# one\n- ${pending}\n-   name: other\n`;
  });
  expect(tell(run)).toMatch(/3:5|line 3, column 5/);
});

test.each([[{ current: '1.36', previous: '1.37' }], [{ current: '1.37', previous: '1.37' }]])(
  'a previous document that is not older is refused: %j',
  async ({ current, previous }) => {
    const folder = await makeFolder();
    const name = (release: string): string => `swagger-${release}.json`;
    await writeFiles(folder, {
      [`a/${name(current)}`]: files.openapi,
      [`b/${name(previous)}`]: files.previous,
      [fileNames.conformance]: files.conformance,
      [fileNames.ineligible]: files.ineligible,
      [fileNames.pending]: files.pending,
      [fileNames.coverage]: files.coverage,
    });
    const flags = listFlags().map((word) =>
      word === fileNames.openapi ? `a/${name(current)}` : word === fileNames.previous ? `b/${name(previous)}` : word,
    );
    const run = await runGate(folder, flags);
    expect(run.exitCode, tell(run)).toBe(3);
  },
);

test('documents that were swapped are refused', async () => {
  const run = await judgeWorld(makeWorld(), listFlags(), (made) => {
    [made.openapi, made.previous] = [made.previous, made.openapi];
  });
  expect(run.exitCode, tell(run)).toBe(3);
});

test('the same document twice is refused', async () => {
  const run = await judgeWorld(makeWorld(), listFlags(), (made) => {
    made.previous = made.openapi;
  });
  expect(run.exitCode, tell(run)).toBe(3);
  const old = await judgeWorld(makeWorld(), listFlags(), (made) => {
    made.openapi = made.previous;
  });
  expect(old.exitCode, tell(old)).toBe(3);
});

test('hits that are too old, of the future or of another release are refused', async () => {
  const day = 86_400_000;
  for (const [age, args, exitCodes] of [
    [13 * day, [], [0]],
    [15 * day, [], [3]],
    [15 * day, ['--max-age', '20d'], [0]],
    [-3 * day, [], [3]],
  ] as const) {
    const world = makeWorld(new Date(Date.now() - age));
    for (const hits of ['coverage', 'log'] as const) {
      const run = await judgeWorld(world, [...listFlags(hits), ...args]);
      expect(exitCodes, `${hits} ${age / day} ${tell(run)}`).toContain(run.exitCode);
    }
  }
  const other = await judgeWorld({ ...makeWorld(), release: '1.36.0' });
  expect(other.exitCode, tell(other)).toBe(3);
});

test('a hostile configuration of the repository runs nothing', async () => {
  const { folder } = await makeRepository(commits);
  const touch = `touch ${folder}/pwned; false`;
  for (const [key, value] of [
    ['core.fsmonitor', touch],
    ['core.hooksPath', 'hooks'],
    ['core.pager', touch],
    ['core.sshCommand', touch],
    ['diff.evil.textconv', touch],
    ['filter.evil.smudge', touch],
    ['filter.evil.clean', touch],
    ['alias.show', `!${touch}`],
    ['alias.cat-file', `!${touch}`],
    ['core.editor', touch],
    ['gpg.program', touch],
    ['log.showSignature', 'true'],
    ['credential.helper', `!${touch}`],
    ['uploadpack.packObjectsHook', touch],
    ['core.alternateRefsCommand', touch],
    ['remote.origin.url', `ext::sh -c ${touch}`],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialclonefilter', 'blob:none'],
    ['protocol.ext.allow', 'always'],
  ] as const) {
    runGit(folder, ['config', key, value]);
  }
  await writeFiles(folder, {
    [fileNames.coverage]: files.coverage,
    '.git/info/attributes': '* diff=evil filter=evil\n',
    'hooks/post-checkout': `#!/bin/sh\n${touch}\n`,
  });
  const run = await runGate(folder, ['--repo', '.', '--hits', fileNames.coverage]);
  const lacking = await runGate(folder, ['--repo', '.', '--hits', fileNames.coverage, '--previous', 'v9.9.9']);
  expect([0, 3], tell(run)).toContain(run.exitCode);
  expect(lacking.exitCode, tell(lacking)).toBe(3);

  expect(existsSync(`${folder}/pwned`)).toBe(false);
});

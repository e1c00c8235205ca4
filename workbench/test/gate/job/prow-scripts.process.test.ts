import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeJob } from '../../../src/gate/job/write-job.ts';

// snoop is a script that prints its words: here only the scripts around it are tested. As in Prow, the checkout belongs
// to another user, if the tests run as root.

const flags = ['--group', "it's: $(touch x) *", '--max-age', '\\n'];
const url = 'https://storage.googleapis.com/kubernetes-ci-logs/logs/ci-kubernetes-audit-kind-conformance';
const otherUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

interface Job {
  readonly spec: {
    readonly containers: readonly {
      readonly command: readonly string[];
      readonly args: readonly string[];
      readonly env: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
}

const { presubmits, periodics } = load(writeJob('prow', { name: 'gate', image: 'workbench:1', flags })) as {
  readonly presubmits: Readonly<Record<string, readonly Job[]>>;
  readonly periodics: readonly Job[];
};

let folder = '';
let tested = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snoop-prow-script-'));
  chmodSync(folder, 0o755);
  const repository = join(folder, 'kubernetes');
  mkdirSync(join(repository, 'api/openapi-spec'), { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      ...{ cwd: repository, encoding: 'utf8' },
    }).trim();
  git('init', '--quiet');
  for (const text of ['tested', 'newer']) {
    writeFileSync(join(repository, 'api/openapi-spec/swagger.json'), text);
    git('add', '.');
    git('commit', '--quiet', '--message', text);
  }
  tested = git('rev-parse', 'HEAD^');
  const snoop = `#!/bin/sh
if [ "$1" = find-audit-logs ]; then
  [ -z "$FIND_CODE" ] || exit "$FIND_CODE"
  printf '%s\\n' "\${COMMIT:-${tested}}" "$2/1/audit.log" "$2/1/audit-2.log"
  exit
fi
git -C "$3" log --format=%s -1
cat "$3/api/openapi-spec/swagger.json"
echo
printf '<%s>\\n' "$@"
exit 3
`;
  writeFileSync(join(folder, 'snoop'), snoop, { mode: 0o755 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runScript(job: Job | undefined, more: NodeJS.ProcessEnv = {}): { status: number | null; lines: string[] } {
  const [container] = job?.spec.containers ?? [];
  const { command = [], args = [], env = [] } = container ?? {};
  const { status, stdout } = spawnSync(
    command[0] ?? '',
    // As the kubelet, for what names no variable.
    args.map((word) => word.replaceAll('$$', '$')),
    {
      ...otherUser,
      cwd: join(folder, 'kubernetes'),
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
        ...{
          PULL_BASE_SHA: '0a0a',
          ARTIFACTS: '/logs/artifacts',
          PATH: `${folder}:${process.env.PATH}`,
          HOME: '/nowhere',
        },
        ...more,
      },
    },
  );
  return { status, lines: stdout.split('\n').filter((line) => line !== '') };
}

const quote = (words: readonly string[]): string[] => words.map((word) => `<${word}>`);
const outputs = [
  '--output',
  'junit=/logs/artifacts/junit_snoop_gate.xml',
  '--output',
  'json=/logs/artifacts/snoop-gate.json',
];

const hits = ['--hits', `${url}/1/audit.log\n${url}/1/audit-2.log`];
const split = (words: readonly string[]): string[] => quote(words).flatMap((line) => line.split('\n'));

test('the presubmit compares with the commit that the pull request is merged into, by the hits of the newest run', () => {
  const sources = ['--repo', '.', '--previous', '0a0a', '--hits-commit', tested];
  expect(runScript(presubmits['kubernetes/kubernetes']?.[0])).toEqual({
    status: 3,
    lines: ['newer', 'newer', ...split(['gate', ...sources, ...outputs, ...hits, ...flags])],
  });
});

test('the presubmit fails when no run is found: it could not see lost tests', () => {
  expect(runScript(presubmits['kubernetes/kubernetes']?.[0], { FIND_CODE: '3' })).toEqual({ status: 3, lines: [] });
});

test('the periodic judges the commit that the run tested', () => {
  const { status, lines } = runScript(periodics[0]);
  expect(status).toBe(3);
  const copy = lines[4]?.slice(1, -1) ?? '';
  expect(copy).toMatch(/^\//);
  rmSync(copy, { recursive: true, force: true });
  expect(lines).toEqual([
    ...['tested', 'tested'],
    ...split(['gate', '--repo', copy, '--hits-commit', tested, ...outputs, ...hits, ...flags]),
  ]);
});

test.for([
  ['no run is found', { FIND_CODE: '3' }, 3],
  ['the checkout lacks the commit', { COMMIT: '0b'.repeat(20) }, 128],
] as const)('the periodic fails when %s: without hits the gate would answer another question', ([, env, status]) => {
  expect(runScript(periodics[0], env)).toEqual({ status: expect.any(Number), lines: [] });
  expect(runScript(periodics[0], env).status).toBeGreaterThanOrEqual(status === 3 ? 3 : 1);
});

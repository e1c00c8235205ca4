import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { describe, expect, test } from 'vitest';
import { command } from '../../src/cli/gate.ts';
import type { GateAnswer } from '../../src/gate/answer.ts';
import { listCommands } from '../output/runner-commands.ts';
import { runCommand } from '../support/ask.ts';
import { nameAgent, writeEvent } from '../gate/sources/hits/support/made-hits.ts';
import { gateArguments, gateTest, writeGateFiles } from './gate-files.ts';

const schema = new URL('../../schemas/gate.json', import.meta.url);

test('without hits, a new endpoint is not yet proven: exit 1', async () => {
  const { exitCode, stdout, stderr } = await runCommand(command, await writeGateFiles(), gateArguments);
  expect(dropSources(stdout)).toMatchInlineSnapshot(`
    "2 endpoints are not yet proven: no whole run of this commit says whether a conformance test hits them.
    Verdict    not yet proven, exit code 1
    Release    1.37.0, compared with 1.36.0
    Endpoints  6, of which 5 are eligible; 2 eligible ones are new, 0 of these proven

    Not yet proven: 2 endpoints
    No run of this commit shows a hit of them.
      kind Gadget · group node.k8s.io · since 1.37.0 · sig node
        start a test: snoop new createNodeV1Gadget
        /apis/node.k8s.io/v1/gadgets
          POST createNodeV1Gadget
          GET  listNodeV1Gadget

    Notes
    - On the list of ineligible endpoints since the previous document: listNodeV1Widget.
    - No hits were given, so no endpoint is proven. Use --hits.
    - What this change removes from the lists of ineligible and pending endpoints is unknown, so 3 older endpoints without a
      test do not fail. Give --previous REF of a checkout, or --debt.
    - Ineligible ineligible.yaml: It lacks 104 of the 104 entries that the list of 1.37.0 has: it may be cut."
  `);
  expect(stderr).toBe('');
  expect(exitCode).toBe(1);
});

test('nothing new and eligible: exit 0', async () => {
  const folder = await writeGateFiles();
  const args = [...gateArguments, '--ineligible', 'all-ineligible.yaml'];
  expect(await runCommand(command, folder, args)).toMatchObject({ exitCode: 0 });
});

describe('with the audit log of a run of this commit', () => {
  const commit = ['--commit', '4cb9f7d', '--hits', 'audit.log', '--max-age', 'none'];
  const request = (verb: string, kind: string): string =>
    writeEvent({ verb, uri: `/apis/node.k8s.io/v1/${kind}`, agent: nameAgent(gateTest, '1.37.0'), code: 200 });
  const things = [request('list', 'things'), request('create', 'things')];
  const gadgets = [request('list', 'gadgets'), request('create', 'gadgets')];

  test('an endpoint that is hit is proven: exit 0', async () => {
    const folder = await writeGateFiles({ 'audit.log': [...things, ...gadgets].join('\n') });
    const { exitCode, stdout } = await runCommand(command, folder, [...gateArguments, ...commit, '--output', 'json']);
    const answer: GateAnswer = JSON.parse(stdout);
    expect(listSchemaErrors(schema, answer)).toEqual([]);
    expect(answer.proven.map(({ endpoint, test: by }) => `${endpoint} by ${by}`)).toEqual([
      `createNodeV1Gadget by ${gateTest}`,
      `listNodeV1Gadget by ${gateTest}`,
    ]);
    expect(exitCode).toBe(0);
  });

  test('an endpoint that is not hit is missing: exit 1, with the nearest test', async () => {
    const folder = await writeGateFiles({ 'audit.log': [...things, ...gadgets.slice(0, 1)].join('\n') });
    const { exitCode, stdout } = await runCommand(command, folder, [...gateArguments, ...commit]);
    expect(dropSources(stdout).split('\n\nNotes')[0]).toMatchInlineSnapshot(`
      "1 endpoint is missing a conformance test.
      Verdict    missing, exit code 1
      Release    1.37.0, compared with 1.36.0
      Endpoints  6, of which 5 are eligible; 2 eligible ones are new, 1 of these proven

      Missing: 1 endpoint
      The run of this commit does not hit them.
        kind Gadget · group node.k8s.io · since 1.37.0 · sig node
          nearest test: [sig-node] Thing lists things [Conformance] (hits listNodeV1Gadget)
          start a test: snoop new createNodeV1Gadget
          /apis/node.k8s.io/v1/gadgets
            POST createNodeV1Gadget"
    `);
    expect(exitCode).toBe(1);
  });

  test('of another commit nothing is missing, only not yet proven', async () => {
    const folder = await writeGateFiles({ 'audit.log': things.join('\n') });
    const other = commit.map((word) => word.replace('4cb9f7d', 'aaaaaaa'));
    const { exitCode, stdout } = await runCommand(command, folder, [...gateArguments, ...other, '--output', 'json']);
    expect([JSON.parse(stdout).verdict, exitCode]).toEqual(['not yet proven', 1]);
  });
});

test('a broken source: exit 3, in every output', async () => {
  const folder = await writeGateFiles({ 'new.json': '<html>' });
  const args = [...gateArguments, '--output', 'json', '--output', 'junit=gate.xml', '--output', 'sarif=gate.sarif'];
  const { exitCode, stdout } = await runCommand(command, folder, args);
  const answer: GateAnswer = JSON.parse(stdout);
  expect(listSchemaErrors(schema, answer)).toEqual([]);
  expect(answer).toMatchObject({ verdict: 'cannot tell', exitCode: 3, gaps: [] });
  expect(readFileSync(join(folder, 'gate.xml'), 'utf8')).toContain('<error type="cannot tell"');
  expect(readFileSync(join(folder, 'gate.sarif'), 'utf8')).toContain('"ruleId": "cannot-tell"');
  expect(exitCode).toBe(3);
});

test('several outputs at once say the same', async () => {
  const folder = await writeGateFiles();
  const outputs = ['json=gate.json', 'markdown=gate.md', 'sarif=gate.sarif', 'junit=gate.xml'];
  const args = [...gateArguments, ...outputs.flatMap((output) => ['--output', output])];
  const { exitCode, stdout } = await runCommand(command, folder, args);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  expect(listSchemaErrors(schema, JSON.parse(read('gate.json')))).toEqual([]);
  for (const text of [stdout, read('gate.json'), read('gate.md'), read('gate.sarif'), read('gate.xml')]) {
    expect(text).toContain('createNodeV1Gadget');
    expect(text).toContain('not yet proven');
  }
  expect(exitCode).toBe(1);
});

test('SARIF has the path of the document in the repository, and the line of the path', async () => {
  const folder = await writeGateFiles();
  const { stdout } = await runCommand(command, folder, [...gateArguments, '--output', 'sarif']);
  const [result] = JSON.parse(stdout).runs[0].results;
  const { artifactLocation, region } = result.locations[0].physicalLocation;
  expect(artifactLocation).toEqual({ uri: 'new.json', uriBaseId: '%SRCROOT%' });
  const lines = readFileSync(join(folder, 'new.json'), 'utf8').split('\n');
  expect(lines[region.startLine - 1]).toContain('"/apis/node.k8s.io/v1/gadgets"');
});

test('in GitHub Actions it annotates and appends the summary of the job', async () => {
  const folder = await writeGateFiles();
  const summary = join(folder, 'summary.md');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder, GITHUB_STEP_SUMMARY: summary };
  const { exitCode, stdout } = await runCommand(command, folder, gateArguments, env);
  expect(listCommands(stdout).map((line) => line.split('::')[1])).toMatchInlineSnapshot(`
    [
      "error title=Not yet proven%3A createNodeV1Gadget,file=new.json,line=80",
      "error title=Not yet proven%3A listNodeV1Gadget,file=new.json,line=80",
    ]
  `);
  expect(readFileSync(summary, 'utf8')).toMatch(/^# Gate: not yet proven\n/);
  expect(exitCode).toBe(1);
});

test('an output that cannot be written is exit 3, whatever the answer is', async () => {
  const folder = await writeGateFiles();
  mkdirSync(join(folder, 'summary.md'));
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
  const args = [...gateArguments, '--ineligible', 'all-ineligible.yaml'];
  await expect(runCommand(command, folder, args, env)).rejects.toMatchObject({ code: 'unwritable', exitCode: 3 });
});

describe('flags change the answer', () => {
  const judge = async (...flags: string[]): Promise<GateAnswer> => {
    const { stdout } = await runCommand(command, await writeGateFiles(), [...gateArguments, ...flags, '--output=json']);
    const answer: GateAnswer = JSON.parse(stdout);
    expect(listSchemaErrors(schema, answer)).toEqual([]);
    return answer;
  };

  test('--debt lists older endpoints', async () => {
    expect((await judge()).debt).toBeNull();
    expect((await judge('--debt')).debt?.map(({ endpoint }) => endpoint)).toContain('createNodeV1Thing');
  });

  test('--grace lists new endpoints as due later, and fails for those whose grace has ended', async () => {
    const { gaps, due } = await judge('--grace', '1');
    expect(due.map((gap) => `${gap.endpoint} ${gap.due}`)).toMatchInlineSnapshot(`
      [
        "createNodeV1Gadget 1.38.0",
        "listNodeV1Gadget 1.38.0",
      ]
    `);
    expect(gaps.map(({ endpoint }) => endpoint)).not.toContain('createNodeV1Gadget');
    expect(gaps.map(({ because }) => because)).toContain('due since 1.37.0, by --grace 1');
  });

  test('--group needs no lists', async () => {
    const args = ['--openapi', 'new.json', '--previous', 'old.json', '--group', '*.k8s.io', '--output', 'json'];
    const { stdout, exitCode } = await runCommand(command, await writeGateFiles(), args);
    expect(JSON.parse(stdout).gaps.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      'createNodeV1Gadget',
      'listNodeV1Gadget',
    ]);
    expect(exitCode).toBe(1);
  });
});

test.each([
  [[], 'The current document is missing.', '--repo'],
  [['--openapi', 'new.json'], 'The previous document is missing.', '--previous'],
  [['--openapi', 'new.json', '--previous', 'old.json'], 'The list of conformance tests is missing.', '--conformance'],
  [['--level', 'stabel'], "--level takes stable, beta or alpha, separated by commas, not 'stabel'.", "'stable'"],
  [['--grace', '-1'], "--grace takes a number of minor releases, not '-1'.", '--grace 2'],
  [['--grace', '1.5'], "--grace takes a number of minor releases, not '1.5'.", '--grace 2'],
  [['--pending-limit', 'two'], "--pending-limit takes a number of minor releases, not 'two'.", '--pending-limit 2'],
  [['--max-age', '2 weeks'], "--max-age takes an age or none, not '2 weeks'.", '--max-age 14d'],
  [['--max-age', '1d'], '--max-age needs --hits.', '--hits coverage.json'],
  [['--hits-commit', 'abc1234'], '--hits-commit needs --hits.', '--hits coverage.json'],
  [['--hits-date', '2026-11-30'], '--hits-date needs --hits.', '--hits coverage.json'],
  [['--partial'], '--partial needs --hits.', '--hits coverage.json'],
  [['--group', 'a b'], "--group takes API groups, not 'a b'.", '*.example.io'],
  [['--output', 'xml'], "--output takes text, json, junit, markdown, sarif or github, not 'xml'.", ''],
  [['--opeanpi', 'new.json'], 'snoop gate has no flag --opeanpi.', '--openapi'],
  [['swagger.json'], "snoop gate takes no 'swagger.json'.", '--openapi swagger.json'],
])('%j is wrong use, with the way out', async (args, message, advice) => {
  const folder = await writeGateFiles();
  const error: unknown = await Promise.resolve()
    .then(() => runCommand(command, folder, args))
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'wrong_use', exitCode: 2, message: expect.stringContaining(message) });
  expect(Reflect.get(Object(error), 'advice').join('\n')).toContain(advice);
});

/** Digests and dates of made-up sources differ from run to run. */
function dropSources(text: string): string {
  const blocks = text.trimEnd().split('\n\n');
  expect(blocks[1]).toMatch(/^Sources\ndocument /);
  return blocks.toSpliced(1, 1).join('\n\n');
}

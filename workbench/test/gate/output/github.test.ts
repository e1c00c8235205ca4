import { expect, test } from 'vitest';
import { printGithub } from '../../../src/gate/output/github.ts';
import { noPlaces, type Places } from '../../../src/gate/output/places.ts';
import { printText } from '../../../src/gate/output/text.ts';
import { listCommands } from '../../output/runner-commands.ts';
import { gap, sampleAnswers } from './sample-answers.ts';

const places: Places = {
  locate: (name) => (name.startsWith('git: ') ? null : name),
  findLine: (path) => (path === gap.path ? 42 : null),
};

test('prints the text, and an annotation for each gap at the line of its path', () => {
  const log = printGithub(sampleAnswers.missing, places);
  expect(log).toContain(printText(sampleAnswers.missing, false));
  expect(listCommands(log)).toMatchInlineSnapshot(`
    [
      "::error title=Missing%3A createNodeV1Thing,file=api/openapi-spec/swagger.json,line=42::Missing: the run of this commit does not hit POST /apis/node.k8s.io/v1/things. Owner: sig-node. Nearest test: [sig-node] Thing lists things [Conformance] (hits listNodeV1Thing). Start a test: snoop new createNodeV1Thing",
      "::error title=Missing%3A patchCoreV1NamespacedPodStatus,file=api/openapi-spec/swagger.json,line=1::Missing: the run of this commit does not hit PATCH /api/v1/namespaces/{namespace}/pods/{name}/status. Owner: sig-node. Start a test: snoop new patchCoreV1NamespacedPodStatus",
    ]
  `);
});

test('tells the two states apart, and warns of stale entries', () => {
  const titles = listCommands(printGithub(sampleAnswers.everything, places)).map(
    (line) => /^::(.*?)::/.exec(line)?.[1],
  );
  expect(titles).toMatchInlineSnapshot(`
    [
      "error title=Missing%3A createNodeV1Thing,file=api/openapi-spec/swagger.json,line=42",
      "error title=Not yet proven%3A patchCoreV1NamespacedPodStatus,file=api/openapi-spec/swagger.json,line=1",
      "error title=Missing%3A getOld,file=api/openapi-spec/swagger.json,line=1",
      "error title=Missing%3A getDebt,file=api/openapi-spec/swagger.json,line=1",
      "warning title=Stale entry%3A getGone,file=test/conformance/testdata/ineligible_endpoints.yaml,line=1",
      "notice title=getDue",
      "notice title=getPending",
    ]
  `);
});

test('doubts are errors; stale entries only if they fail', () => {
  expect(listCommands(printGithub(sampleAnswers['cannot tell'], places))).toMatchInlineSnapshot(`
    [
      "::error title=Cannot tell::git has no v1.36.0. Fetch it: git fetch --depth 1 origin tag v1.36.0",
    ]
  `);
  expect(listCommands(printGithub(sampleAnswers['stale lists'], places))).toMatchInlineSnapshot(`
    [
      "::error title=Stale entry%3A getGone,file=test/conformance/testdata/pending_eligible_endpoints.yaml,line=7::Stale entry of the pending list: getGone. The document has no such endpoint.",
    ]
  `);
  expect(listCommands(printGithub(sampleAnswers['nothing missing'], places))).toEqual([]);
});

test('hostile names are annotations, not commands', () => {
  const commands = listCommands(printGithub(sampleAnswers.hostile, noPlaces));
  expect(commands.map((line) => /^::\w+/.exec(line)?.[0])).toEqual([
    ...['::error', '::error', '::error', '::warning', '::notice', '::notice'],
  ]);
});

test('at most ten annotations of a kind', () => {
  const gaps = Array.from({ length: 30 }, () => gap);
  const commands = listCommands(printGithub({ ...sampleAnswers.missing, gaps }, noPlaces));
  expect(commands).toHaveLength(10);
  expect(commands.at(-1)).toBe('::error title=snoop::and 21 more: see the log or the summary of this job');
});

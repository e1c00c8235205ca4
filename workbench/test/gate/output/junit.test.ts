import { expect, test } from 'vitest';
import type { GateAnswer } from '../../../src/gate/answer.ts';
import { noPlaces } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { listMisfits } from '../../output/junit-schema.ts';
import { parseXml } from '../../output/xml-tree.ts';
import { sampleAnswers } from './sample-answers.ts';

const parse = (answer: GateAnswer) => parseXml(printGate(answer, 'junit', noPlaces));

/** `new endpoints: createThing: failure missing` for each case. */
function listResults(answer: GateAnswer): string[] {
  return parse(answer).children.flatMap((suite) =>
    suite.children
      .filter(({ name }) => name === 'testcase')
      .map(({ attributes, children }) => {
        const result = children.find(({ name }) => name !== 'system-out');
        const end = result === undefined ? 'passed' : `${result.name} ${result.attributes.type}`;
        return `${suite.attributes.name}: ${attributes.name}: ${end}`;
      }),
  );
}

test.each(Object.entries(sampleAnswers))('%s fits the schema of Jenkins, and its totals are right', (_kind, answer) => {
  expect(listMisfits(parse(answer))).toEqual([]);
});

test('proven passes, gaps fail with their state, due and pending are skipped', () => {
  expect(listResults(sampleAnswers.everything).slice(6)).toMatchInlineSnapshot(`
    [
      "new endpoints: createNodeV1Thing: failure missing",
      "new endpoints: patchCoreV1NamespacedPodStatus: failure not yet proven",
      "new endpoints: getOld: failure missing",
      "new endpoints: getDue: skipped missing",
      "new endpoints: getPending: skipped missing",
      "new endpoints: listNodeV1Thing: passed",
      "debt: getDebt: failure missing",
      "unproven tests: a test: skipped not yet proven",
      "lists: ineligible: getGone: skipped stale entry",
    ]
  `);
});

test('doubts are errors, and so are their sources', () => {
  expect(listResults(sampleAnswers['cannot tell'])).toMatchInlineSnapshot(`
    [
      "sources: doubt 1: error cannot tell",
      "sources: document: api/openapi-spec/swagger.json: passed",
      "sources: previous document: git: v1.36.0:api/openapi-spec/swagger.json: error cannot tell",
      "sources: conformance tests: test/conformance/testdata/conformance.yaml: passed",
      "sources: ineligible: test/conformance/testdata/ineligible_endpoints.yaml: passed",
      "sources: pending: test/conformance/testdata/pending_eligible_endpoints.yaml: passed",
      "sources: hits: coverage.json: passed",
    ]
  `);
});

test('entries of lists fail only if they fail the gate; without anything new the sources are the cases', () => {
  expect(listResults(sampleAnswers['stale lists']).at(-1)).toBe('lists: pending: getGone: failure stale entry');
  expect(listResults({ ...sampleAnswers['nothing missing'], proven: [] })).toHaveLength(6);
});

test('the first suite has the facts of the answer', () => {
  const [suite] = parse(sampleAnswers['cannot tell']).children;
  const [properties] = suite?.children ?? [];
  expect(
    properties?.children.map(({ attributes }) => `${attributes.name}: ${attributes.value}`),
  ).toMatchInlineSnapshot(`
    [
      "verdict: cannot tell",
      "exit code: 3",
      "summary: A source is broken.",
      "release: 1.37.0, compared with an unknown release",
      "endpoints: 0, of which 0 are eligible; 0 eligible ones are new, 0 of these proven",
      "source: document: api/openapi-spec/swagger.json; release 1.37.0, date 2026-11-28T09:30:00Z, commit 4f270ff0a1b2c3d4e5f60718293a4b5c6d7e8f90 (git); 1,023 endpoints; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "source: previous document: git: v1.36.0:api/openapi-spec/swagger.json; date 2026-04-22T00:00:00Z, commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (git); unknown: release, count, digest",
      "source: conformance tests: test/conformance/testdata/conformance.yaml; date 2026-11-28T09:30:00Z, commit 4f270ff0a1b2c3d4e5f60718293a4b5c6d7e8f90 (git); 441 tests; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; unknown: release",
      "source: ineligible: test/conformance/testdata/ineligible_endpoints.yaml; release 1.37.0, date 2026-11-28T09:30:00Z, commit 4f270ff0a1b2c3d4e5f60718293a4b5c6d7e8f90 (git); 101 entries; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "source: pending: test/conformance/testdata/pending_eligible_endpoints.yaml; release 1.37.0, date 2026-11-28T09:30:00Z, commit 4f270ff0a1b2c3d4e5f60718293a4b5c6d7e8f90 (git); 2 entries; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "source: hits: coverage.json; release 1.37.0, date 2026-11-29T01:00:00Z (content); commit 4f270ff (flag); 591 endpoints hit; SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "note: Previous document git: v1.36.0:api/openapi-spec/swagger.json: 3 operations have several tags.",
    ]
  `);
});

import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { expect, test } from 'vitest';
import type { GateAnswer } from '../../../src/gate/answer.ts';
import { findPathLines, noPlaces, type Places } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { gap, hostile, sampleAnswers } from './sample-answers.ts';

const schema = new URL('sarif.schema.json', import.meta.url);
const places: Places = {
  locate: (name) => (name.startsWith('git: ') || name === 'coverage.json' ? null : name),
  findLine: (path) => (path === gap.path ? 42 : null),
};

interface Result {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number };
    };
  }[];
  readonly partialFingerprints: { readonly primaryLocationLineHash: string };
}

function listResults(answer: GateAnswer): readonly Result[] {
  const log: { runs: { results: Result[] }[] } = JSON.parse(printGate(answer, 'sarif', places));
  return log.runs.flatMap(({ results }) => results);
}

/** `missing error swagger.json:42` */
const describe = ({ ruleId, level, locations: [location] }: Result): string =>
  `${ruleId} ${level} ${location?.physicalLocation.artifactLocation.uri}:${location?.physicalLocation.region.startLine}`;

test.each(Object.entries(sampleAnswers))('%s is SARIF 2.1.0', (_kind, answer) => {
  expect(listSchemaErrors(schema, JSON.parse(printGate(answer, 'sarif', places)))).toEqual([]);
});

test.each([`/${hostile}`, `https://${hostile}`, `https://example.org/${hostile}`, '-', ''])(
  'a source %j has a valid location or none',
  (name) => {
    const sources = sampleAnswers.missing.sources.map((source) => ({ ...source, name }));
    const answer = { ...sampleAnswers.missing, sources };
    expect(listSchemaErrors(schema, JSON.parse(printGate(answer, 'sarif', noPlaces)))).toEqual([]);
  },
);

test('each failure has its rule, and the line of its path or entry', () => {
  expect(listResults(sampleAnswers.everything).map(describe)).toMatchInlineSnapshot(`
    [
      "missing error api/openapi-spec/swagger.json:42",
      "not-yet-proven error api/openapi-spec/swagger.json:1",
      "pending-expired error api/openapi-spec/swagger.json:1",
      "debt error api/openapi-spec/swagger.json:1",
      "stale-entry warning test/conformance/testdata/ineligible_endpoints.yaml:1",
    ]
  `);
  expect(listResults(sampleAnswers['stale lists']).map(describe)).toMatchInlineSnapshot(`
    [
      "stale-entry error test/conformance/testdata/pending_eligible_endpoints.yaml:7",
    ]
  `);
});

test('a doubt is a result at its source, and the invocation was not successful', () => {
  expect(listResults(sampleAnswers['cannot tell']).map(({ message }) => message.text)).toEqual(
    sampleAnswers['cannot tell'].doubts,
  );
  expect(JSON.parse(printGate(sampleAnswers['cannot tell'], 'sarif', places)).runs[0].invocations).toMatchObject([
    { executionSuccessful: false, exitCode: 3 },
  ]);
});

test('fingerprints are unique, and the same from run to run', () => {
  const read = (answer: GateAnswer): string[] =>
    listResults(answer).map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash);
  const before = read(sampleAnswers.everything);
  expect(new Set(before).size).toBe(before.length);
  const { gaps } = sampleAnswers.everything;
  expect(
    read({ ...sampleAnswers.everything, gaps: gaps.map((one) => ({ ...one, age: 1 })), release: '1.37.1' }),
  ).toEqual(before);
});

test('an answer without failures has no results, but its sources', () => {
  const [run] = JSON.parse(printGate(sampleAnswers['nothing missing'], 'sarif', places)).runs;
  expect(run.results).toEqual([]);
  expect(run.artifacts).toHaveLength(6);
  expect(run.properties.verdict).toBe('nothing missing');
});

test('finds the lines of paths in a document', () => {
  const document = JSON.stringify({ info: {}, paths: { '/api/': {}, '/apis/a': { get: {} }, '/b': {} } }, null, 2);
  expect([...findPathLines(document)]).toEqual([
    ['/api/', 4],
    ['/apis/a', 5],
    ['/b', 8],
  ]);
  expect([...findPathLines('{"paths":{"/api/":{}}}')]).toEqual([]);
});

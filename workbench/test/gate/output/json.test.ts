import { readFileSync } from 'node:fs';
import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { expect, test } from 'vitest';
import { noPlaces } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { sampleAnswers } from './sample-answers.ts';

const schema = new URL('../../../schemas/gate.json', import.meta.url);

test.each(Object.entries(sampleAnswers))('%s fits schemas/gate.json, and is the answer itself', (_kind, answer) => {
  const json: unknown = JSON.parse(printGate(answer, 'json', noPlaces));
  expect(json).toEqual(answer);
  expect(listSchemaErrors(schema, json)).toEqual([]);
});

test('the schema knows every field, and refuses others', () => {
  const answer = sampleAnswers.everything;
  const { properties }: { properties: object } = JSON.parse(readFileSync(schema, 'utf8'));
  expect(Object.keys(properties).sort()).toEqual(Object.keys(answer).sort());
  const [gap] = answer.gaps;
  const [source] = answer.sources;
  const broken = [
    { ...answer, more: 1 },
    { ...answer, exitCode: 2 },
    { ...answer, verdict: 'passed' },
    { ...answer, gaps: [{ ...gap, more: 1 }] },
    { ...answer, gaps: [{ ...gap, state: 'proven' }] },
    { ...answer, due: [gap] },
    { ...answer, sources: [{ ...source, digest: 1 }] },
  ];
  expect(broken.filter((one) => listSchemaErrors(schema, one).length === 0)).toEqual([]);
});

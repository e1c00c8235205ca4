import { expect, test } from 'vitest';
import type { GateFormat } from '../../../src/gate/output/formats.ts';
import { printGithub, printJobSummary } from '../../../src/gate/output/github.ts';
import { noPlaces } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { sampleAnswers } from './sample-answers.ts';

const answer = sampleAnswers.everything;
const print = (format: GateFormat): string => printGate(answer, format, noPlaces);
const listObjects = (objects: readonly object[]): string[] => objects.map((one) => JSON.stringify(one));
const listLines = (text: string): string[] =>
  (text.split('\n\n')[1] ?? '')
    .replaceAll(/\s*\n\s+/g, ' ')
    .split('\n')
    .slice(1);
const listItems = (text: string): string[] => (text.split('\n\n')[4] ?? '').replaceAll('\\_', '_').split('\n');

const outputs: readonly (readonly [format: string, sources: readonly string[]])[] = [
  ['text', listLines(print('text'))],
  ['github', listLines(printGithub(answer, noPlaces))],
  ['markdown', listItems(print('markdown'))],
  ['summary of a job', listItems(printJobSummary(answer, 1 << 20))],
  ['json', listObjects(JSON.parse(print('json')).sources)],
  ['sarif', listObjects(JSON.parse(print('sarif')).runs[0].artifacts)],
  ['junit', print('junit').match(/<property name="source: .*>/g) ?? []],
];

test.for(outputs)('%s lists every source with digest, date and count', ([, shown]) => {
  expect(shown).toHaveLength(answer.sources.length);
  for (const [number, { role, name, digest, date, count }] of answer.sources.entries()) {
    const facts = [role, name, String(digest).slice(0, 12), String(date).slice(0, 10), String(count)];
    const text = shown[number]?.replaceAll(/(?<=\d),(?=\d{3}\b)/g, '') ?? '';
    expect(facts.filter((fact) => !text.includes(fact))).toEqual([]);
  }
});

import { expect, test } from 'vitest';
import { sliceEvents, surveyBody } from '../../src/events/body-survey.ts';
import { hasDryRun, hasDryRunBody } from '../../src/events/dry-run.ts';
import { type EventSlice, readEventList } from '../../src/events/event-list.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { createTestRandom, pick } from '../support/random.ts';

test('finds dryRun as a query parser does', () => {
  const random = createTestRandom();
  const parts = [
    'dryRun',
    'dryrun',
    '%64ryRun',
    'dry%52u%6E',
    'd',
    '%',
    '%2',
    '%26',
    '=',
    '&',
    '&',
    '?',
    '=All',
    'x',
    '+',
  ];
  for (let round = 0; round < 20_000; round += 1) {
    const query = Array.from({ length: random() * 6 }, () => pick(random, parts)).join('');
    expect(hasDryRun(`/api?${query}`), query).toBe(new URLSearchParams(`?${query}`).has('dryRun'));
  }
});

test('ignores dryRun in the path, and a missing query', () => {
  expect([null, '', '/dryRun', '/a&dryRun=All'].map(hasDryRun)).toEqual([false, false, false, false]);
});

test('finds dryRun at the end of a query with millions of keys', () => {
  const long = `/api?${'&a'.repeat(5_000_000)}%`;
  expect([long, `${long}&dryRun=All`].map(hasDryRun)).toEqual([false, true]);
});

const pod = '/api/v1/namespaces/default/pods/web';
const options = (fields: object) => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...fields });
const evict = (fields: object) => ({
  ...{ verb: 'create', requestURI: `${pod}/eviction?timeout=5s` },
  requestObject: { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'web' }, ...fields },
});

test.each<[string, Record<string, unknown>, boolean]>([
  ['no body, as at level Metadata', {}, false],
  ['a body', { requestObject: options({ gracePeriodSeconds: 0 }) }, false],
  ['a dry run', { requestObject: options({ dryRun: ['All'] }) }, true],
  ['a dry run of a collection', { verb: 'deletecollection', requestObject: options({ dryRun: ['All'] }) }, true],
  ['an empty list', { requestObject: options({ dryRun: [] }) }, false],
  ['no list', { requestObject: options({ dryRun: 'All' }) }, false],
  ['null', { requestObject: options({ dryRun: null }) }, false],
  ['a body that is not an object', { requestObject: 'dryRun' }, false],
  ['one that is deeper', { requestObject: options({ preconditions: { dryRun: ['All'] } }) }, false],
  ['another verb', { verb: 'create', requestURI: pod, requestObject: options({ dryRun: ['All'] }) }, false],
  ['an answer alone', { responseObject: options({ dryRun: ['All'] }) }, false],
  ['a large one', { requestObject: options({ dryRun: ['All'], x: 'x'.repeat(2_000_000) }) }, true],
  ['an eviction', evict({}), false],
  ['an eviction as a dry run', evict({ deleteOptions: { dryRun: ['All'] } }), true],
  ['an eviction without options', evict({ deleteOptions: null, dryRun: ['All'] }), false],
])('finds dryRun in the body of an event: %s', (_what, fields, expected) => {
  const body = writeBody([
    writeEvent({ verb: 'delete', requestURI: pod }),
    writeEvent({ verb: 'delete', requestURI: pod, ...fields }),
  ]);
  const answers = (slices: Iterable<EventSlice>) => [...slices].map((slice) => hasDryRunBody(body, slice));
  expect(answers(readEventList(body))).toEqual([false, expected]);
  const survey = surveyBody(body, 10);
  let step = survey.next();
  while (!step.done) step = survey.next();
  expect(answers(sliceEvents(body, step.value))).toEqual([false, expected]);
});

test('ignores blanks and escapes in a body', () => {
  const written = '{"verb":"delete","requestURI":"/x","requestObject": { "a" : 1 , "dry\\u0052un" : [ "All" ] } }';
  const body = writeBody([written, written.replace('"All"', '')]);
  expect(readEventList(body).map((slice) => hasDryRunBody(body, slice))).toEqual([true, false]);
});

import { describe, expect, test } from 'vitest';
import { createLogReader } from '../../../src/audit-logs/envelopes/log-reader.ts';

const event =
  '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","requestURI":"/api"}';
const time = '2026-05-01T10:00:00.815462921Z';
const mebibyte = 2 ** 20;

/** Reads a log that is made as it is read; returns what was read and the most that was pending at once. */
function read(pieces: Iterable<string | Buffer>, maxValueBytes = 4 * mebibyte) {
  const reader = createLogReader({ name: 'log', maxValueBytes });
  const seen = { events: 0, rejects: 0, mostPending: 0 };
  const note = (groups: ReturnType<typeof reader.read>): void => {
    for (const group of groups) for (const { shape } of group) seen[shape === null ? 'rejects' : 'events'] += 1;
    seen.mostPending = Math.max(seen.mostPending, reader.pendingBytes);
  };
  for (const piece of pieces) note(reader.read(Buffer.from(piece)));
  note(reader.end());
  return seen;
}

function* repeat(times: number, piece: string | Buffer): Generator<string | Buffer> {
  for (let time = 0; time < times; time += 1) yield piece;
}

describe('bounds what is pending', () => {
  test('with endless zeros before the first event', () => {
    const zeros = Buffer.alloc(mebibyte);
    const seen = read([...repeat(50, zeros), `${event}\n`, ...repeat(20, zeros), `${event}\n`]);
    expect(seen).toMatchObject({ events: 2, rejects: 0 });
    expect(seen.mostPending).toBeLessThan(1000);
  });

  test.each([
    ['an array', '[', `${event},`, ']'],
    ['an EventList', '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[', `${event},`, '],"metadata":{}}'],
    ['records of an event hub', '{"records":[', `${JSON.stringify({ properties: { log: event } })},`, ']}'],
    [
      'an answer of CloudWatch',
      '{"events":[',
      `${JSON.stringify({ message: event, timestamp: 1 })},`,
      '],"nextToken":"x"}',
    ],
    ['consecutive documents', '', event, ''],
  ])('with %s of megabytes on one line', (_what, head, element, tail) => {
    const many = element.repeat(1000);
    const seen = read([head, ...repeat(10, many), element.replace(/,$/, ''), tail, '\n', event]);
    expect(seen).toMatchObject({ events: 10_002, rejects: 0 });
    expect(seen.mostPending).toBeLessThan(2 * mebibyte);
  });

  test.each([
    ['of CRI', `${time} stdout P ${'x'.repeat(16_000)}\n`],
    ['of CRI that are JSON', `${time} stdout P {"a":"${'x'.repeat(16_000)}\n`],
    ['of Docker', `${JSON.stringify({ log: '["x', stream: 'stdout', time })}\n`.repeat(100)],
    ['of AKS', `${JSON.stringify({ properties: { log: `{"a":"${'x'.repeat(20_000)}`, pod: 'a' } })}\n`],
  ])('with parts %s that never end', (_what, part) => {
    const seen = read([...repeat(400, part), `\n${event}\n`]);
    expect(seen.events).toBe(1);
    expect(seen.mostPending).toBeLessThan(6 * mebibyte);
  });

  test('with an endless line, whose successor is read', () => {
    const seen = read([...repeat(20, 'x'.repeat(mebibyte)), `\n${event}\n`]);
    expect(seen).toMatchObject({ events: 1, rejects: 1 });
    expect(seen.mostPending).toBeLessThan(6 * mebibyte);
  });

  test('with logs nested without end', () => {
    let line = event;
    for (let depth = 0; depth < 8; depth += 1) line = JSON.stringify({ message: line, timestamp: 1 });
    expect(read([`${line}\n${event}\n`])).toMatchObject({ events: 1, rejects: 1 });
    expect(read([`${'['.repeat(100_000)}${event}\n${'[{"records":'.repeat(10_000)}\n${event}\n`])).toMatchObject({
      events: 2,
    });
  });

  test('with endless sources', () => {
    const lines = Array.from({ length: 1000 }, (_, pod) =>
      JSON.stringify({ properties: { log: '{"a":', pod: `${pod}` } }),
    );
    expect(read([`${lines.join('\n')}\n${event}\n`])).toMatchObject({ events: 1, rejects: 1000 });
  });
});

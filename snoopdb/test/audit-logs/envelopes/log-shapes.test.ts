import { describe, expect, test } from 'vitest';
import { readAuditEvents } from '../../../src/index.ts';
import { pipeInput } from '../../support/log-files.ts';
import { type LogShape, logShapes } from '../../support/log-shapes.ts';
import { createTestRandom, pick, pickNumber, type Random } from '../../support/random.ts';

interface Read {
  events: string[];
  shapes: Set<string>;
  rejects: string[];
}

async function read(log: Buffer, pieceBytes: number): Promise<Read> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < log.length; at += pieceBytes) pieces.push(log.subarray(at, at + pieceBytes));
  const seen: Read = { events: [], shapes: new Set(), rejects: [] };
  for await (const events of readAuditEvents(await pipeInput(pieces))) {
    for (const { body, slice, shape } of events) {
      const text = body.toString('utf8', slice.start, slice.end);
      if (shape === null) seen.rejects.push(`${slice.flaw?.reason}: ${text.slice(0, 300)}`);
      else if (slice.flaw === null) seen.events.push(text);
      if (shape !== null) seen.shapes.add(shape);
      expect(shape !== null || slice.flaw !== null).toBe(true);
    }
  }
  return seen;
}

function makeEvents(random: Random, count: number): string[] {
  return Array.from({ length: count }, (_, number) =>
    JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: `id-${number}`,
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/a/pods/${number}?x=1&y="\\`,
      verb: 'create',
      userAgent: pick(random, ['kubelet/ö', 'a \u2028 b', 'e2e.test -- [sig] "quoted" {braces} [brackets]']),
      requestObject: {
        data: { text: 'line\n{"auditID":"inner"}\n\t\\"'.repeat(pickNumber(random, 5)), list: [{ a: 1 }, [2]] },
      },
    }),
  );
}

/** Texts that are the same event however it is written. */
function normalize(events: readonly string[]): string[] {
  return events.map((event) => JSON.stringify(JSON.parse(event))).sort();
}

function writeLog(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

describe.each(logShapes.map((shape, number) => ({ number, what: `${number} ${shape.name ?? 'plain'}`, shape })))(
  '$what',
  ({ number, shape }) => {
    test('is read, in pieces of any size', async () => {
      const random = createTestRandom(number);
      for (let round = 0; round < 2; round += 1) {
        const events = makeEvents(random, 1 + pickNumber(random, 8));
        const log = writeLog(shape.wrap(events, random));
        for (const pieceBytes of [1, 97, 1_000_000]) {
          const seen = await read(log, pieceBytes);
          expect(seen.rejects, log.toString()).toEqual([]);
          expect(normalize(seen.events)).toEqual(normalize(events));
          expect([...seen.shapes]).toEqual([shape.name ?? 'plain events']);
        }
      }
    });

    test('is read within every other shape', async () => {
      const random = createTestRandom(number);
      for (const outer of logShapes.filter(({ isInnermost }) => !isInnermost)) {
        for (let round = 0; round < 1; round += 1) {
          const events = makeEvents(random, 1 + pickNumber(random, 5));
          const log = writeLog(outer.wrap(shape.wrap(events, random), random, true));
          const seen = await read(log, pick(random, [13, 1_000_000]));
          const rejects = seen.rejects.filter((reject) => !reject.includes('another program'));
          expect(rejects, `${outer.name}\n${log.toString()}`).toEqual([]);
          expect(normalize(seen.events), `${outer.name}\n${log.toString()}`).toEqual(normalize(events));
        }
      }
    });
  },
);

const outerShapes = logShapes.filter(({ isInnermost }) => !isInnermost);

/** A log of shapes in shapes. */
function makeLog(random: Random): { events: string[]; log: Buffer; shapes: LogShape[] } {
  const events = makeEvents(random, 1 + pickNumber(random, 6));
  const shapes = [pick(random, logShapes), pick(random, outerShapes), pick(random, outerShapes)].slice(
    pickNumber(random, 3),
  );
  return {
    events,
    log: writeLog(shapes.reduce<string[]>((lines, shape, depth) => shape.wrap(lines, random, depth > 0), events)),
    shapes,
  };
}

test('reads only what was written from a log that is cut at either end', async () => {
  const random = createTestRandom(100);
  for (let round = 0; round < 100; round += 1) {
    const { events, log, shapes } = makeLog(random);
    const [from = 0, to = 0] = [pickNumber(random, log.length), pickNumber(random, log.length)].sort((a, b) => a - b);
    const cut = pick(random, [log.subarray(from), log.subarray(0, to), log.subarray(from, to)]);
    const seen = await read(cut, pick(random, [11, 1_000_000]));
    const known = new Set(normalize(events));
    for (const event of normalize(seen.events)) {
      expect(known.delete(event), `${round} ${shapes.map(({ name }) => name)}\n${event}\n${cut.toString()}`).toBe(true);
    }
  }
});

test('reads only what was written, except for one byte that was changed', async () => {
  const random = createTestRandom(200);
  for (let round = 0; round < 200; round += 1) {
    const { events, log, shapes } = makeLog(random);
    const at = pickNumber(random, log.length);
    const flipped = Buffer.from(log);
    flipped[at] = random() < 0.5 ? (flipped[at] ?? 0) ^ (1 << pickNumber(random, 8)) : pickNumber(random, 256);
    const seen = await read(flipped, pick(random, [11, 1_000_000]));
    const known = new Set(normalize(events));
    const others = normalize(seen.events).filter((event) => !known.delete(event));
    const told = `${round} ${shapes.map(({ name }) => name)} ${at}\n${others.join('\n')}\n${flipped.toString()}`;
    expect(others.length, told).toBeLessThanOrEqual(1);
    for (const other of others)
      expect(
        [...known].some((event) => isAlike(event, other)),
        told,
      ).toBe(true);
  }
});

/** Whether two texts differ in one place only, by a few bytes. */
function isAlike(one: string, other: string): boolean {
  const [shorter = '', longer = ''] = [one, other].sort((a, b) => a.length - b.length);
  let head = 0;
  while (head < shorter.length && shorter[head] === longer[head]) head += 1;
  let tail = 0;
  while (tail < shorter.length - head && shorter.at(-1 - tail) === longer.at(-1 - tail)) tail += 1;
  return longer.length - head - tail <= 16;
}

test('rejects lines of another program, which hide no events', async () => {
  const random = createTestRandom(300);
  const foreign = [
    'I0501 10:00:00.000000       1 controller.go:12] started "x" {',
    'hello world',
    '# a comment',
    '[INFO] ready',
    'a: b',
    '{"level":"info","msg":"ready"}',
  ];
  for (let round = 0; round < 30; round += 1) {
    const events = makeEvents(random, 1 + pickNumber(random, 6));
    const shape = pick(random, logShapes);
    const noise = Array.from({ length: pickNumber(random, 4) }, () => pick(random, foreign.slice(0, 5)));
    // Not within what goes over lines.
    const lines = shape.wrap(events, random);
    const log = lines.every((line) => isWhole(line)) ? mix(lines, noise, random) : [...noise, ...lines, ...noise];
    const seen = await read(writeLog(log), pick(random, [11, 1_000_000]));
    expect(normalize(seen.events), writeLog(log).toString()).toEqual(normalize(events));
    expect(seen.rejects).toHaveLength(log.length - lines.length);
    const inside = await read(
      writeLog(pick(random, outerShapes.slice(0, 3)).wrap([...lines, ...foreign], random)),
      100,
    );
    expect(normalize(inside.events).length).toBeLessThanOrEqual(events.length);
  }
});

function isWhole(line: string): boolean {
  return line.length > 60;
}

function mix(lines: readonly string[], noise: readonly string[], random: Random): string[] {
  const mixed = [...lines];
  for (const line of noise) mixed.splice(pickNumber(random, mixed.length + 1), 0, line);
  return mixed;
}

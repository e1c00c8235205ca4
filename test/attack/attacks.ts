import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { makeBody } from '../tools/bodies.ts';
import { type Answers, countAnswers, type Shot, Wire } from './exchange.ts';
import { writePipelined, writePost, zipLongText, zipNested, zipRefused } from './requests.ts';

/** One way to trouble an auditlogger with what it is sent. */
export interface Attack {
  readonly what: string;
  readonly connections: number;
  /** A connection sends the next one when the one before is answered, but not sooner than so long after it. */
  readonly everyMs: number;
  /** @param number 0, 1, 2 … over all connections */
  makeShot(number: number): Shot;
}

const megabyte = 1_000_000;
const leastRestMs = 10;
const half = Buffer.from(makeBody(40));

function zipped(body: Buffer): Shot {
  return { bytes: writePost(body, { isGzip: true }), answers: 1 };
}

const junk: readonly ((number: number) => Shot)[] = [
  (number) => ({ bytes: writePost(Buffer.from(`{"kind":"EventList","items":[${number}`)), answers: 1 }),
  (number) => zipped(Buffer.from(`no gzip ${number}`)),
  (number) => ({ bytes: writePost(Buffer.from(`{"kind":"PodList","items":[${number}]}`)), answers: 1 }),
  () => ({ bytes: Buffer.from('BREW /coffee HTCPCP/1.0\r\n\r\n'), answers: 1 }),
];

/** By name. */
export const attacks: Readonly<Record<string, Attack>> = {
  'deep-nesting': {
    what: 'gzip bodies of 120 million opening brackets',
    connections: 2,
    everyMs: 500,
    makeShot: () => zipped(zipNested(120 * megabyte, false)),
  },
  'closed-nesting': {
    what: 'gzip bodies of 60 million brackets, each of which is closed',
    connections: 2,
    everyMs: 500,
    makeShot: () => zipped(zipNested(60 * megabyte, true)),
  },
  'huge-agents': {
    what: 'user agents of 7.5 MB, each another one',
    connections: 2,
    everyMs: 100,
    makeShot: (number) => zipped(zipLongText('userAgent', `agent ${number} `, 'a', 7.5 * megabyte)),
  },
  'pipelined-metrics': {
    what: '1,900 GET /metrics in one write, on 8 connections',
    connections: 8,
    everyMs: 1000,
    makeShot: () => ({ bytes: writePipelined('/metrics', 1900), answers: 1900 }),
  },
  'long-uris': {
    what: 'request URIs of 100 MB',
    connections: 1,
    everyMs: 1000,
    makeShot: () => zipped(zipLongText('requestURI', '/api/v1/', 'n', 100 * megabyte)),
  },
  'long-queries': {
    what: 'queries of 100 MB',
    connections: 1,
    everyMs: 1000,
    makeShot: () => zipped(zipLongText('requestURI', '/api/v1/pods?', '&a', 100 * megabyte)),
  },
  'escaped-paths': {
    what: 'request URIs of 90 MB of %41',
    connections: 1,
    everyMs: 1000,
    makeShot: () => zipped(zipLongText('requestURI', '/api/v1/', '%41', 90 * megabyte)),
  },
  'refused-events': {
    what: 'a body of a million events that PostgreSQL refuses',
    connections: 1,
    everyMs: 1000,
    makeShot: () => zipped(zipRefused(megabyte)),
  },
  'many-sources': {
    what: '8 connections, each body for a source of its own',
    connections: 8,
    everyMs: 20,
    makeShot: (number) => ({
      bytes: writePost(Buffer.from(makeBody(1)), { path: `/events/source-${number}` }),
      answers: 1,
    }),
  },
  'slow-senders': {
    what: '500 connections that stop in the middle of a body',
    connections: 500,
    everyMs: 0,
    makeShot: (number) => ({
      bytes: writePost(half.subarray(0, number % 2 === 0 ? 10_000 : 0), { announced: half.length }),
      answers: Number.POSITIVE_INFINITY,
    }),
  },
  junk: {
    what: '8 connections that send junk, 50 times a second each',
    connections: 8,
    everyMs: 20,
    makeShot: (number) => junk[number % junk.length]?.(number) ?? { bytes: Buffer.of(), answers: 0 },
  },
};

/** Nobody who attacks waits for an answer for longer. */
const longestMs = 20_000;
const never = new AbortController().signal;

/** Attacks until the signal comes; what is under way then is still waited for. @returns what came back */
export async function runAttack(attack: Attack, url: string, enough: AbortSignal): Promise<Answers> {
  const { connections, everyMs, makeShot } = attack;
  setMaxListeners(0, enough, never);
  const counts: Answers = {};
  let number = 0;
  const attackOn = async (): Promise<void> => {
    const wire = new Wire(url);
    while (!enough.aborted) {
      const sentAt = performance.now();
      const shot = makeShot(number++);
      const isAnswered = Number.isFinite(shot.answers);
      const statuses = isAnswered
        ? await wire.exchange({ staysMs: longestMs, ...shot }, never)
        : await wire.exchange(shot, enough);
      countAnswers(counts, statuses);
      if (isAnswered && statuses.length < shot.answers) countAnswers(counts, ['none']);
      // The rate belongs to the attack. A refusal that comes at once must not make a loop without any rest.
      const restMs = Math.max(leastRestMs, everyMs - (performance.now() - sentAt));
      await wait(restMs, undefined, { signal: enough }).catch(() => {});
    }
    wire.close();
  };
  await Promise.all(Array.from({ length: connections }, attackOn));
  return counts;
}

import { expect, test } from 'vitest';
import { makeBody } from './bodies.ts';
import { createChecker } from './checker.ts';
import { summarizeLatency } from './latency.ts';
import { type LoadOptions, startLoad } from './load.ts';
import { startSink } from './sink.ts';

function countDown(bodies: number): () => string | null {
  let left = bodies;
  return () => (left-- > 0 ? makeBody(1) : null);
}

const closed: LoadOptions['pace'] = { kind: 'closed', senders: 3 };

test.for<LoadOptions['pace']>([closed, { kind: 'open', perSecond: 1000 }])(
  'sends every body once: %o',
  async (pace) => {
    const got: string[] = [];
    const sink = await startSink(({ body }, response) => {
      got.push(body);
      response.writeHead(got.length % 2 === 0 ? 503 : 200).end();
    });
    const result = await startLoad({ url: sink.url, pace, nextBody: countDown(20) }).done;
    expect(new Set(got).size).toBe(20);
    expect(result).toMatchObject({ requests: 20, acknowledged: 10, answers: { 200: 10, 503: 10 } });
  },
);

test('repeats a body with the same bytes until it is stored or stop() is called', async () => {
  const got = new Map<string, number>();
  let refuse = false;
  const sink = await startSink(({ body }, response) => {
    got.set(body, (got.get(body) ?? 0) + 1);
    response.writeHead(refuse || got.get(body) === 1 ? 429 : 200).end();
    refuse ||= got.size > 10;
  });
  const checker = createChecker();
  const load = startLoad({
    url: sink.url,
    pace: closed,
    repeat: 'until stored',
    repeatAfterMs: 1,
    nextBody: () => makeBody(1),
    witness: checker,
  });
  await expect.poll(() => refuse).toBe(true);
  const { acknowledged, requests } = await load.stop();
  expect(acknowledged).toBeGreaterThan(0);
  expect(got.size - acknowledged).toBeLessThanOrEqual(3);
  expect(requests).toBe([...got.values()].reduce((sum, times) => sum + times, 0));
});

test('does not count a connection that ends before the answer as an answer', async () => {
  const sink = await startSink((_, response) => response.destroy());
  const result = await startLoad({ url: sink.url, pace: closed, repeatAfterMs: 1, nextBody: countDown(4) }).done;
  expect(result).toMatchObject({ acknowledged: 0, requests: 4 });
  expect(result.answers[200]).toBeUndefined();
});

test('reads answers of any size and form', async () => {
  const sink = await startSink((_, response) => {
    response.writeHead(200);
    response.write('a'.repeat(100_000));
    response.end('b');
  });
  expect(await startLoad({ url: sink.url, pace: closed, nextBody: countDown(7) }).done).toMatchObject({
    acknowledged: 7,
  });
});

test('calculates percentiles by the nearest rank', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(summarizeLatency(times)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
  expect(summarizeLatency([7])).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 });
});

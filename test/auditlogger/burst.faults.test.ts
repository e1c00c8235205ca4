import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { boundedMebibytes, tellPeak } from './support/memory.ts';
import { startReady } from './support/ready.ts';

test('200,000 events as fast as possible: bounded memory, 429 beyond it, nothing acknowledged is lost', async () => {
  const { program, pool, checker, sender } = await startReady({ connections: 256 });
  const answers: Record<number, number> = {};
  const sending = Array.from({ length: 500 }, async () => {
    const body = Buffer.from(makeBody(400));
    checker.sent(body);
    for (;;) {
      const { status } = await sender.send(body);
      answers[status] = (answers[status] ?? 0) + 1;
      // Only the next answer tells whether there is room. The wait is far shorter than Retry-After asks for; without any,
      // the refusals would take the time that storing needs.
      if (status === 429 || status === 503) {
        await wait(50);
        continue;
      }
      if (status === 200) checker.acknowledged(body);
      return;
    }
  });
  await Promise.all(sending);
  console.log(`burst: answers by status ${JSON.stringify(answers)}`);
  // 503 where a connection to the database took too long to make: nothing else is beyond 200 and 429.
  expect(Object.keys(answers).filter((status) => !['200', '429', '503'].includes(status))).toEqual([]);
  expect(answers[200]).toBe(500);
  expect(answers[429]).toBeGreaterThan(0);
  expect(tellPeak('burst of 200,000 events', program.pid)).toBeLessThanOrEqual(boundedMebibytes);
  await checker.check(pool);
});

import { createTestRandom } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { podMebibytes, tellPeak } from '../auditlogger/support/memory.ts';
import { makeDatabase, prepareDatabase } from '../tools/database.ts';
import { awaitReady, startAuditlogger } from '../tools/program.ts';
import { runMix } from './mix.ts';

test('survives two minutes of random attacks: same process, no 5xx except 503, bounded memory, nothing acknowledged is lost', async () => {
  const { url, pool } = await makeDatabase();
  await prepareDatabase(pool);
  const program = await startAuditlogger(url, [], {}, podMebibytes);
  await awaitReady(program);
  const report = await runMix({ program, pool, durationMs: 120_000, createRandom: createTestRandom });
  console.log(`attacks at random: ${JSON.stringify(report)}`);
  expect(report.normalBodies).toBeGreaterThan(0);
  expect(tellPeak('attacks at random', program.pid)).toBeLessThanOrEqual(podMebibytes);
});

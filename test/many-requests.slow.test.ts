import { expect, test } from 'vitest';
import { expectAllRecorded, hitsOf, runLiveTests } from './support/report.ts';
import { writeLiveTest } from './support/snoop.ts';

test('records all of 2,000 requests in one run', async () => {
  const file = await writeLiveTest(`
import { CoreV1Api } from '@kubernetes/client-node';
liveTest('many', { timeout: 120_000 }, async ({ cluster, namespace }) => {
  const core = cluster.client(CoreV1Api);
  let left = 2000;
  const work = async () => { while (left-- > 0) await core.listNamespacedPod({ namespace }); };
  await Promise.all(Array.from({ length: 16 }, work));
});`);
  const report = await runLiveTests([file]);
  expectAllRecorded(report);
  expect(report.evidence.sent).toBe(2000);
  expect(hitsOf(report)).toEqual({ listCoreV1NamespacedPod: 2000 });
});

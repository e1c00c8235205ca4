import { join } from 'node:path';
import type { RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { addHit, claim, claimLifecycle, review, reviewJson } from './support/claim.ts';
import { makeFolder } from './support/snoop.ts';

test('an endpoint that the cluster does not serve is named so; of another release it is listed apart', async () => {
  const claimed = await claimLifecycle();
  const facts = { in_baseline: false, eligible: false, hit_by_ete: false, hit_by_conformance: false };
  const added = addHit(claimed, 'listExampleOrgV1Gizmo', '/apis/example.org/v1/gizmos', facts);
  const same = await reviewJson(added);
  expect(same.differences.map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    'listExampleOrgV1Gizmo: this cluster does not serve it: a kind or a feature is missing here',
  ]);
  const other = await reviewJson({ ...added, run: { ...added.run, cluster_version: '1.34.1' } });
  expect(other.verdict).toBe('confirmed');
  expect(other.of_one_release.map(({ what }) => what)).toEqual(['listExampleOrgV1Gizmo']);
});

test('a flaky answer is found by repeating', async () => {
  const counter = join(await makeFolder(), 'counter');
  const claimed = await claim(`
import { appendFileSync, readFileSync } from 'node:fs';
import { name } from './name.ts';
liveTest('flaky', async ({ cluster }) => {
  appendFileSync(${JSON.stringify(counter)}, name);
  await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });
  // The third time, which is the second one of the review.
  if (readFileSync(${JSON.stringify(counter)}, 'utf8').length === 9) await cluster.request({ method: 'GET', path: '/api/v1/nodes' });
});`);
  const { verdict, differences, here } = await reviewJson(claimed, '--repeat', '3');
  expect(here).toHaveLength(3);
  expect(differences.map(({ kind, what, reason }) => `${kind} ${what}: ${reason}`)).toEqual([
    'also hit listCoreV1Node: flaky: in 1 of 3 runs',
  ]);
  expect(verdict).toBe('different');
});

test('a test that fails here, reaches its timeout, or cannot run', async () => {
  const claimed = await claimLifecycle();
  const change = (content: string): RunDocument => ({
    ...claimed,
    files: claimed.files.map((file) => (file.file === 'sample.live.ts' ? { ...file, content } : file)),
  });
  const source = claimed.files.find(({ file }) => file === 'sample.live.ts')?.content ?? '';
  const failing = await reviewJson(
    change(source.replace("step('delete'", "step('fail', () => { throw new Error('no'); }); await step('delete'")),
  );
  expect(failing.verdict).toBe('different');
  expect(failing.differences).toContainEqual(
    expect.objectContaining({ kind: 'test', what: 'ConfigMap', reason: 'the test failed here: no' }),
  );
  const endless = await reviewJson(
    change(source.replace("await step('delete'", "await new Promise(() => {}); await step('delete'")),
    '--timeout',
    '5',
  );
  expect(endless.differences).toContainEqual(
    expect.objectContaining({
      kind: 'test',
      reason: 'the test failed here: Test timed out in 5000ms.',
    }),
  );
  const missing = await review(change(`import './gone.ts';\n${source}`), '--run', '--yes');
  expect(missing.stdout).toContain("sample.live.ts: It imports './gone.ts', a file that is not in the ticket.");
  expect(missing.stderr).not.toContain('Running the tests');
  expect(missing.exitCode).toBe(3);
});

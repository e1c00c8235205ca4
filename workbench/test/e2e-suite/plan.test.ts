import { expect, test } from 'vitest';
import { divideSpecs } from '../../src/e2e-suite/batches.ts';
import { findContainerNeed, planRun } from '../../src/e2e-suite/plan.ts';
import { formatPlan } from '../../src/e2e-suite/print-plan.ts';
import type { Spec } from '../../src/e2e-suite/spec.ts';

const spec = (name: string, file = 'test/e2e/x.go', isSerial = false): Spec => ({ name, file, isSerial });
const many = (count: number, isSerial = false): Spec[] =>
  Array.from({ length: count }, (_, at) => spec(`${isSerial ? 'serial' : 'spec'} ${at}`, 'test/e2e/x.go', isSerial));

const usual = { parallel: 2, simulated: true, all: false, hasKubectl: true, passed: new Set<string>() };

test('each spec is in one process; serial ones come last, alone', () => {
  const batches = divideSpecs([...many(50), ...many(3, true)], 4);
  expect(batches.map(({ specs, isSerial }) => `${specs.length}${isSerial ? ' alone' : ''}`).join()).toBe(
    '5,5,5,5,5,5,5,5,5,5,3 alone',
  );
  expect(batches.flatMap(({ specs }) => specs)).toHaveLength(53);
  expect(divideSpecs(many(70), 1).map(({ specs }) => specs.length)).toEqual([30, 30, 10]);
  expect(divideSpecs([], 4)).toEqual([]);
});

test.each([
  [
    '[sig-storage] Secrets should be consumable from pods in volume',
    'test/e2e/common/storage/secrets_volume.go',
    'read files in a container',
  ],
  [
    '[sig-storage] Secrets should be immutable if `immutable` field is set',
    'test/e2e/common/storage/secrets_volume.go',
    null,
  ],
  [
    '[sig-apps] Job should delete a job',
    'test/e2e/apps/job.go',
    'need Pods of a Job that run for a while; simulated ones succeed after a second',
  ],
  ['[sig-apps] Job should manage the lifecycle of a job', 'test/e2e/apps/job.go', null],
])('%s', (name, file, reason) => {
  expect(findContainerNeed(spec(name, file))).toBe(reason);
});

test('leaves out what cannot pass, and says why', () => {
  const specs = [
    spec('dns', 'test/e2e/network/dns.go'),
    spec('kubectl version', 'test/e2e/kubectl/kubectl.go'),
    spec('before'),
    spec('list that is compacted away', 'test/e2e/apimachinery/chunking.go'),
    spec('serial', 'test/e2e/x.go', true),
  ];
  const plan = planRun({ ...usual, specs, hasKubectl: false, passed: new Set(['before']) });
  expect(formatPlan(plan, 2)).toMatchInlineSnapshot(`
    "Process 1:
      list that is compacted away
    Process 2, alone:
      serial
    Left out, since they need kubectl, which is not on the PATH:
      kubectl version
    Left out, since they passed in the earlier run:
      before
    Left out, since they send requests to Pods:
      dns
    2 specs in 2 processes, 2 at a time; 1 of them runs alone, at the end.
    3 specs left out:
      1 need kubectl, which is not on the PATH
      1 passed in the earlier run
      1 send requests to Pods
    This spec waits up to ten minutes for etcd's compaction: list that is compacted away"
  `);
  const onKind = planRun({ ...usual, specs, simulated: false });
  expect([onKind.leftOut, onKind.batches.flatMap((batch) => batch.specs)]).toEqual([[], expect.arrayContaining(specs)]);
  expect(planRun({ ...usual, specs, all: true }).leftOut).toEqual([]);
});

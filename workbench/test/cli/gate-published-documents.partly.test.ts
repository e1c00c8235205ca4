import { takeShare } from '@snoop/snoopdb/test-random';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { GateAnswer } from '../../src/gate/answer.ts';
import { type GateRun, runGate } from '../support/gate-world/run-gate.ts';

// Exists beside some checkouts; for tests only.
const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const hasData = existsSync(data);
if (!hasData) console.log('The gate is not tested on published documents: ../shared/data is not there.');

/** Runs the gate for a step between two minor releases, with the lists of 1.37 or older ones. */
function judgeStep(previous: string, current: string, ...more: readonly string[]): Promise<GateRun> {
  const lists = current === '1.37' ? '-v1.37' : '';
  const files = {
    openapi: `openapi/swagger-${current}.json.gz`,
    previous: `openapi/swagger-${previous}.json.gz`,
    conformance: `conformance/conformance-v${current}.yaml`,
    ineligible: `conformance/ineligible_endpoints${lists}.yaml`,
    pending: `conformance/pending_eligible_endpoints${lists}.yaml`,
  };
  return runGate(data, [...Object.entries(files).flatMap(([flag, file]) => [`--${flag}`, file]), ...more]);
}

/** The verbs of gaps, by path without those of a single object. */
function countByPlural(gaps: GateAnswer['gaps']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of gaps) {
    const plural = path.replace('/namespaces/{namespace}', '').replace(/\/\{name\}.*$/, '');
    counts[plural] = (counts[plural] ?? 0) + 1;
  }
  return counts;
}

test.skipIf(!hasData)('1.36: the 14 endpoints of MutatingAdmissionPolicy and its binding are tested', async () => {
  const { exitCode, answer, stderr } = await judgeStep(
    '1.35',
    '1.36',
    '--hits',
    'coverage/1.36.0.json.gz',
    '--max-age',
    '3650d',
    '--debt',
  );
  expect(answer?.doubts, stderr).toEqual([]);
  expect({ exitCode, gaps: answer?.gaps }).toEqual({ exitCode: 1, gaps: [] });
  // The list of 1.36 lacks them.
  expect(answer?.debt?.map(({ endpoint }) => endpoint)).toEqual([
    'connectCoreV1PostNamespacedPodExec',
    'connectCoreV1PostNamespacedPodPortforward',
  ]);
  expect(answer?.counts).toMatchObject({ endpoints: 662, newEndpoints: 14, proven: 14 });
});

test.skipIf(!hasData)(
  '1.37: 39 new endpoints came after the coverage that is at hand, so they are not yet proven',
  async () => {
    const { exitCode, answer, stderr } = await judgeStep(
      '1.36',
      '1.37',
      '--hits',
      'coverage/1.37.0.json.gz',
      '--max-age',
      '3650d',
    );
    expect(answer?.doubts, stderr).toEqual([]);
    expect(exitCode).toBe(1);
    expect(answer?.verdict).toBe('not yet proven');
    expect(countByPlural(answer?.gaps ?? [])).toEqual({
      '/apis/certificates.k8s.io/v1/clustertrustbundles': 7,
      '/apis/certificates.k8s.io/v1/podcertificaterequests': 11,
      '/apis/resource.k8s.io/v1/devicetaintrules': 10,
      '/apis/storagemigration.k8s.io/v1/': 1,
      '/apis/storagemigration.k8s.io/v1/storageversionmigrations': 10,
    });
    expect(answer?.gaps.every(({ state }) => state === 'not yet proven')).toBe(true);
    // Four more are ineligible: the three of CSINode's status, and the discovery of storagemigration.k8s.io.
    expect(answer?.counts).toMatchObject({ newEndpoints: 39, proven: 0 });
  },
);

// From the documents and the lists of ineligible endpoints, by hand.
const steps = [
  ['1.36', '1.37', 39],
  ['1.32', '1.33', 10],
  ['1.33', '1.34', 41],
  ['1.34', '1.35', 0],
  ['1.35', '1.36', 14],
] as const;

test.skipIf(!hasData).each(takeShare(steps))('%s to %s without hits', async (previous, current, gaps) => {
  const { exitCode, answer, stderr } = await judgeStep(previous, current);
  expect(answer?.doubts, stderr).toEqual([]);
  expect({ exitCode, newEndpoints: answer?.counts.newEndpoints, gaps: answer?.gaps.length }).toEqual({
    exitCode: gaps === 0 ? 0 : 1,
    newEndpoints: gaps,
    gaps,
  });
  expect(answer?.gaps.filter(({ state }) => state !== 'not yet proven')).toEqual([]);
});

test.skipIf(!hasData).each(takeShare(['1.32', '1.33', '1.34']))(
  'coverage of %s that one stale run overwrote is refused',
  async (release) => {
    const before = `1.${Number(release.slice(2)) - 1}`;
    const conformance = release === '1.32' ? ['--conformance', 'conformance/conformance-v1.33.yaml'] : [];
    const { exitCode, answer, stderr } = await judgeStep(
      before,
      release,
      ...conformance,
      ...['--hits', `coverage/${release}.0.json.gz`, '--max-age', '3650d'],
    );
    expect(exitCode, stderr).toBe(3);
    expect(answer?.doubts.join('\n') ?? stderr).toContain('contradicts itself');
  },
);

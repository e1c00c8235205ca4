import { expect, test } from 'vitest';
import { nameFile, nameTest } from '../../src/new-test/names.ts';
import type { ServedKind } from '../../src/new-test/served-kinds.ts';

const scale: ServedKind = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  path: { group: 'apps', version: 'v1' },
  resource: 'deployments',
  subresource: 'scale',
  singular: 'deployment',
  shortNames: [],
  namespaced: true,
  verbs: [],
  preferred: true,
};

test.each([
  ['ConfigMap', 'config-map-lifecycle.live.ts'],
  ['CSIDriver', 'csi-driver-lifecycle.live.ts'],
  ['APIService', 'api-service-lifecycle.live.ts'],
  ['HorizontalPodAutoscaler', 'horizontal-pod-autoscaler-lifecycle.live.ts'],
])('names the file of %s', (kind, expected) => {
  expect(nameFile({ ...scale, kind, subresource: null })).toBe(expected);
});

test('names the version only if the server prefers another, and the subresource', () => {
  expect(nameFile({ ...scale, kind: 'Lease', subresource: null, preferred: false })).toBe('lease-v1-lifecycle.live.ts');
  expect(nameFile(scale)).toBe('deployments-scale.live.ts');
  expect(nameTest({ ...scale, kind: 'Lease', preferred: false }, null)).toBe('Lease v1 lifecycle');
  expect(nameTest({ ...scale, kind: 'Deployment' }, scale)).toBe('Deployment scale');
});

import { expect, test } from 'vitest';
import type { GateAnswer } from '../../src/gate/answer.ts';
import { defaultRules, judgeGate } from '../../src/gate/judge.ts';
import { isThere, readHits, readStep, readTests } from './published-facts.ts';

const countKinds = (answer: GateAnswer): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { group, kind } of [...answer.gaps, ...answer.proven]) {
    counts[`${group} ${kind}`] = (counts[`${group} ${kind}`] ?? 0) + 1;
  }
  return counts;
};

// Counted apart from this code, by a script over the raw documents: operations without /watch/ and without a description
// that begins with "deprecated", their level by the version in the path (the roots of groups by the group's best version,
// the two of OpenID as beta), minus the ineligible ones; new are those whose method and path the release before lacks at
// this level.
test.skipIf(!isThere).each([
  [31, { endpoints: 586, eligible: 497, newEndpoints: 0 }],
  [32, { endpoints: 589, eligible: 500, newEndpoints: 3 }],
  [33, { endpoints: 606, eligible: 510, newEndpoints: 10 }],
  [34, { endpoints: 648, eligible: 551, newEndpoints: 41 }],
  [35, { endpoints: 648, eligible: 551, newEndpoints: 0 }],
  [36, { endpoints: 662, eligible: 565, newEndpoints: 14 }],
  [37, { endpoints: 705, eligible: 602, newEndpoints: 39 }],
])('1.%i against the release before', (minor, counts) => {
  const answer = judgeGate(readStep(minor));
  expect(answer.doubts).toEqual([]);
  expect(answer.counts).toEqual({ ...counts, proven: 0 });
  expect([...answer.gaps, ...answer.pending].filter(({ isNew }) => isNew)).toHaveLength(counts.newEndpoints);
  expect(answer.exitCode).toBe(answer.gaps.length > 0 ? 1 : 0);
  expect(answer).toMatchObject({ renamed: [], readded: [] });
  expect(new Set(answer.gaps.flatMap(({ sig }) => sig ?? 'none'))).not.toContain('none');
});

test.skipIf(!isThere)('1.36 brought two kinds, and each of their endpoints has a conformance test', () => {
  const facts = readStep(36);
  const answer = judgeGate({ ...facts, hits: [readHits(36, facts.current)] }, { ...defaultRules, debt: true });
  // Each has POST and DELETE of the collection, list, read, replace, patch and delete: 2 × 7 = 14. Of 662 stable endpoints
  // 97 of the 99 listed ones are ineligible; the other two of the list, the OpenID ones, are beta.
  expect(countKinds(answer)).toEqual({
    'admissionregistration.k8s.io MutatingAdmissionPolicy': 7,
    'admissionregistration.k8s.io MutatingAdmissionPolicyBinding': 7,
  });
  expect(answer.counts).toEqual({ endpoints: 662, eligible: 565, newEndpoints: 14, proven: 14 });
  expect(answer.gaps).toEqual([]);
  // The YAML list lacks them; that of the published coverage has them.
  expect(answer.debt?.map(({ endpoint }) => endpoint)).toEqual([
    'connectCoreV1PostNamespacedPodExec',
    'connectCoreV1PostNamespacedPodPortforward',
  ]);
  expect(answer.stale.map(({ endpoint }) => endpoint)).toMatchInlineSnapshot(`
    [
      "createRbacAuthorizationV1ClusterRole",
      "createRbacAuthorizationV1ClusterRoleBinding",
      "createRbacAuthorizationV1NamespacedRoleBinding",
      "deleteRbacAuthorizationV1ClusterRole",
      "deleteRbacAuthorizationV1ClusterRoleBinding",
      "deleteRbacAuthorizationV1NamespacedRoleBinding",
      "getRbacAuthorizationAPIGroup",
      "listRbacAuthorizationV1ClusterRole",
      "replaceCoreV1NodeStatus",
      "connectCoreV1GetNamespacedPodPortforward",
      "getResourceAPIGroup",
      "createCoreV1NamespacedServiceAccountToken",
      "createCoreV1Node",
      "createStorageV1CSINode",
      "deleteCoreV1Node",
      "deleteStorageV1CollectionCSINode",
      "deleteStorageV1CSINode",
      "listStorageV1CSINode",
      "patchStorageV1CSINode",
      "patchStorageV1VolumeAttachmentStatus",
      "readStorageV1CSINode",
      "readStorageV1VolumeAttachmentStatus",
      "replaceStorageV1CSINode",
      "replaceStorageV1VolumeAttachmentStatus",
    ]
  `);
});

test.skipIf(!isThere)('1.37 brought four kinds, which the coverage of its development cannot know', () => {
  const facts = readStep(37);
  const hits = readHits(37, facts.current);
  // All 97 endpoints that came after 2026-06-29, 43 of them stable: the 39 new ones, three of CSINode's status, which are
  // ineligible, and the root of storagemigration.k8s.io, beta until now and ineligible.
  expect(hits.undecided).toHaveLength(97);
  const old = { ...hits, source: { ...hits.source, date: '2026-06-29T09:29:27Z' } };
  expect(judgeGate({ ...facts, hits: [old] }).doubts).toEqual([
    'the hits is 52.1 days old; the limit is 14 days. Give newer hits, or a longer --max-age.',
  ]);
  const answer = judgeGate({ ...facts, hits: [old] }, { ...defaultRules, maxAgeMs: null, debt: true });
  expect(answer.doubts).toEqual([]);
  expect(answer.counts).toEqual({ endpoints: 705, eligible: 602, newEndpoints: 39, proven: 0 });
  // POST and DELETE of the collection, list, read, replace, patch and delete; with a status three more (10); a namespaced
  // kind also has a list of all namespaces (11). A new version has a list of its resources.
  expect(countKinds(answer)).toEqual({
    'certificates.k8s.io ClusterTrustBundle': 7,
    'certificates.k8s.io PodCertificateRequest': 11,
    'resource.k8s.io DeviceTaintRule': 10,
    'storagemigration.k8s.io StorageVersionMigration': 10,
    'storagemigration.k8s.io null': 1,
  });
  expect(answer.verdict).toBe('not yet proven');
  expect(new Set(answer.gaps.map(({ state }) => state))).toEqual(new Set(['not yet proven']));
  expect(answer.debt).toEqual([]);
  // As many as the list has of v1.37: none of them ran in June.
  expect(answer.unprovenTests).toHaveLength(19);
  expect(answer.prove).toMatchInlineSnapshot(
    `"snoop audit-run --kubeconfig "$KUBECONFIG" --out proof -- e2e.test --provider=skeleton --report-dir={report} --ginkgo.focus-file='test/e2e/apimachinery/storage_version_migration\\.go$' --ginkgo.focus-file='test/e2e/auth/podcertificaterequest\\.go$' --ginkgo.focus-file='test/e2e/auth/projected_clustertrustbundle\\.go$' --ginkgo.focus-file='test/e2e/auth/projected_podcertificate\\.go$' --ginkgo.focus-file='test/e2e/dra/dra\\.go$' --ginkgo.focus='\\[Conformance\\]'"`,
  );
  expect(
    answer.gaps.find(({ endpoint }) => endpoint === 'patchResourceV1DeviceTaintRuleStatus'),
  ).toMatchInlineSnapshot(`
    {
      "age": 0,
      "because": null,
      "command": "snoop new patchResourceV1DeviceTaintRuleStatus",
      "endpoint": "patchResourceV1DeviceTaintRuleStatus",
      "firstRelease": "1.37.0",
      "group": "resource.k8s.io",
      "isNew": true,
      "kind": "DeviceTaintRule",
      "level": "stable",
      "method": "PATCH",
      "nearest": {
        "endpoint": "createResourceV1DeviceClass",
        "test": "[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass [Conformance]",
      },
      "path": "/apis/resource.k8s.io/v1/devicetaintrules/{name}/status",
      "sig": "node",
      "state": "not yet proven",
      "version": "v1",
    }
  `);
});

test.skipIf(!isThere)('hits, lists and documents of other releases are doubtful', () => {
  const facts = readStep(36);
  const other = { ...facts, hits: [readHits(37, facts.current)] };
  expect(judgeGate(other).doubts).toContain('the hits is of 1.37.0, and the document of 1.36.0. Give hits of 1.36.0.');
  expect(judgeGate({ ...facts, conformance: readTests(37) }).exitCode).toBe(3);
  expect(judgeGate({ ...facts, conformance: readTests(34) }).exitCode).toBe(3);
  expect(judgeGate({ ...facts, current: facts.previous, previous: facts.current }).exitCode).toBe(3);
  const mislabelled = { ...facts.previous, source: facts.current.source };
  expect(judgeGate({ ...facts, current: mislabelled }).exitCode).toBe(3);
  expect(judgeGate({ ...facts, previous: { ...facts.current, source: facts.previous.source } }).exitCode).toBe(3);
  // Published coverage of 1.34.0 is of a stale run.
  const stale = readStep(34);
  expect(judgeGate({ ...stale, hits: [readHits(34, stale.current)] }).doubts).toEqual([
    'the hits: It has hits of 380 of the 417 conformance tests that were promoted before 1.34.0: its run stopped early, ' +
      'or it is stale. Give the hits of a whole run, or --partial.',
  ]);
});

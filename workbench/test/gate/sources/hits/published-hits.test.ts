import { nameEndpoints, readOperations } from '@snoop/snoopdb';
import { testData, wholeFiles } from '@snoop/snoopdb/test-data';
import { describe, expect, test } from 'vitest';
import type { GateHits } from '../../../../src/gate/facts.ts';
import { readContent } from './support/made-hits.ts';

/** Reads published coverage with the document of a release. */
function readPublished(data: (typeof testData)[number], coverage: string, document: string): Promise<GateHits> {
  const { operations } = readOperations(data.readJson(`openapi/swagger-${document}.json`));
  return readContent(`${coverage}.json`, data.readBytes(`coverage/${coverage}.json`), {
    endpoints: nameEndpoints(operations),
    ineligible: null,
  });
}

describe.each(testData)('published coverage, $name', (data) => {
  test.each(['1.30.0', '1.35.0', '1.36.0'])('%s is sound', async (release) => {
    const { source, undecided, unknown, incomplete } = await readPublished(data, release, release.slice(0, 4));
    expect({ problems: source.problems, undecided, unknown, incomplete }).toEqual({
      problems: [],
      undecided: [],
      unknown: [],
      incomplete: [],
    });
    expect(source).toMatchObject({ release, releaseFrom: 'content', dateFrom: 'content' });
  });
});

describe.skipIf(wholeFiles === null)('whole files', () => {
  const data = wholeFiles ?? testData[0];
  if (data === undefined) return;

  test('97 endpoints of 1.37 came after its coverage', async () => {
    const { source, endpoints, undecided } = await readPublished(data, '1.37.0', '1.37');
    expect(undecided).toHaveLength(97);
    expect(undecided).toContain('readCertificatesV1ClusterTrustBundle');
    expect(endpoints.filter(({ confTested }) => confTested)).toHaveLength(574);
    expect(source).toMatchObject({ count: 591, date: '2026-06-29T08:08:45.149Z', problems: [] });
  });

  test.each(['1.32.0', '1.33.0', '1.34.0'])('%s was overwritten by one stale run', async (release) => {
    const { source, endpoints } = await readPublished(data, release, release.slice(0, 4));
    expect(source.problems).toMatchSnapshot();
    expect(endpoints).toEqual([]);
  });

  test('a real log of a cluster without tests proves nothing, and says so', async () => {
    const { operations } = readOperations(data.readJson('openapi/swagger-1.34.json'));
    const { source, ...hits } = await readContent('audit.jsonl', data.readBytes('audit/minikube-k8s-1.34.jsonl'), {
      endpoints: nameEndpoints(operations),
    });
    expect(source).toMatchObject({ count: 0, release: '1.34.0', commit: 'f28b4c9', problems: [] });
    expect(source.notes).toMatchInlineSnapshot(`
      [
        "1,297 events: RequestReceived 646, ResponseComplete 598, ResponseStarted 53.",
      ]
    `);
    expect(hits.incomplete).toMatchInlineSnapshot(`
      [
        "No e2e test sent a request: no user agent begins with e2e.test/.",
        "No event of any client is about apiservices.apiregistration.k8s.io, certificatesigningrequests.certificates.k8s.io, clusterrolebindings.rbac.authorization.k8s.io, clusterroles.rbac.authorization.k8s.io, controllerrevisions.apps and 36 more, which kube-controller-manager watches where they are served: the audit policy hides them, or the cluster does not serve them (479 endpoints).",
      ]
    `);
    expect(hits.undecided).toContain('readCoordinationV1NamespacedLease');
    expect(hits.undecided).not.toContain('readCoreV1NamespacedPod');
  });

  test.each(['audit2rbac-demo-v1beta1.jsonl', 'falco-k8s-audit.jsonl', 'webhook-eventlist-k8s-1.20.jsonl'])(
    'reads %s',
    async (name) => {
      const { source, incomplete } = await readContent(name, data.readBytes(`audit/${name}`));
      expect({ problems: source.problems, notes: source.notes, incomplete }).toMatchSnapshot();
    },
  );
});

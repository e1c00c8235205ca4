import { randomUUID } from 'node:crypto';

/** An EventList as the webhook sends it: that many finished requests which list the pods of a namespace. */
export function makeBody(events: number): { body: string; auditIds: string[] } {
  const auditIds = Array.from({ length: events }, () => randomUUID());
  const items = auditIds.map((auditID) => ({
    level: 'Metadata',
    auditID,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods?limit=500',
    verb: 'list',
    user: { username: 'system:admin', groups: ['system:masters'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'live-test-writing -- lists pods',
    objectRef: { resource: 'pods', namespace: 'default', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-08-22T10:00:00.000000Z',
    stageTimestamp: '2026-08-22T10:00:00.004000Z',
  }));
  return { body: JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }), auditIds };
}

/** The part of a cluster's OpenAPI document that resolves them. */
export const podListDocument = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: 'unversioned' },
  paths: {
    '/api/v1/namespaces/{namespace}/pods': {
      get: {
        operationId: 'listCoreV1NamespacedPod',
        description: 'list or watch objects of kind Pod',
        tags: ['core_v1'],
        'x-kubernetes-action': 'list',
        'x-kubernetes-group-version-kind': { group: '', kind: 'Pod', version: 'v1' },
      },
    },
  },
};

import { images } from './project.ts';
import type { KindCluster } from './kind-cluster.ts';
import { waitUntil } from './wait-until.ts';

/** Of the event that an intruder would send. */
export const intruderId = 'intruder-1';

const at = '2026-11-21T10:00:00.000000Z';
const event = {
  level: 'Metadata',
  auditID: intruderId,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/nodes',
  verb: 'list',
  user: {},
  responseStatus: { code: 200 },
  requestReceivedTimestamp: at,
  stageTimestamp: at,
};
const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: [event] });

const program = `
const request = require('node:https').request(process.argv[1], { method: 'POST', rejectUnauthorized: false, timeout: 5000 });
request.setHeader('Content-Type', 'application/json');
request.on('response', ({ statusCode }) => { console.log(statusCode); process.exit(); });
request.on('timeout', () => request.destroy());
request.on('error', () => console.log('no answer'));
request.end(process.argv[2]);`;

/**
 * Posts events from a Pod in a namespace of its own, without any credentials.
 *
 * @param labels of the namespace, by which a NetworkPolicy may know it
 * @returns the status, or `no answer`
 */
export async function postWithoutToken(
  cluster: KindCluster,
  url: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const namespace = `intruder-${Object.keys(labels).length}`;
  const container = {
    name: 'intruder',
    image: images.find((name) => name.includes('/workbench:')),
    imagePullPolicy: 'Never',
    command: ['node', '-e', program, url, body],
  };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'intruder', namespace },
      // Where the image is.
      spec: {
        nodeName: cluster.controlPlane,
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [container],
      },
    },
  ];
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  // The ServiceAccount of a new namespace comes a moment later.
  await waitUntil('the Pod is admitted', async () =>
    Boolean(await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(list))),
  );
  const pod = ['-n', namespace, 'pod/intruder'];
  await cluster.kubectl(['wait', ...pod, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=900s']);
  return (await cluster.kubectl(['logs', ...pod])).trim();
}

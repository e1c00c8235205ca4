import { describeMonitoring } from './alerts.ts';
import type { JobOptions } from './job-options.ts';
import { keptAnswerFile } from './kept-answer.ts';
import { escapeReference } from './prow.ts';
import { formatYamlPage, type YamlPart } from './yaml-page.ts';

const comment = `
A CronJob that runs the gate, keeps its last answer in a ConfigMap, and exports it as metrics.
Apply it to a namespace of your choice: kubectl apply -n NAMESPACE -f FILE

Change before use:
  schedule    how often; the alert for a stopped job fires after three times 6 hours
  args        the flags of snoop gate behind "--". Its sources are URLs, or files of a volume that you add.

The Pods meet the Pod Security level "restricted". Without the Prometheus Operator, delete the last two documents.

The ServiceAccount may read and change one ConfigMap, nothing else.
`;
const answerComment = `
The last answer: kubectl get configmap NAME -o jsonpath='{.data.answer\\.json}'. Without data here, so that applying this
file again keeps the answer.
`;
const jobComment = `
Runs the gate. A Job fails if the gate does: with exit code 1 or 3. The answer is kept nevertheless.
`;
const metricsComment = `
Serves the kept answer as metrics. It reads the ConfigMap as a volume, which follows a change within two minutes, and
has no access to the API.
`;

const everyHours = 6;
const metricsPort = 9902;
const answerFolder = '/etc/snoop-gate';
const userId = 10_003;
const program = '/usr/local/bin/snoop';

/** Writes the objects of a CronJob. */
export function writeCronJob({ name, image, flags }: JobOptions): string {
  const labels = { 'app.kubernetes.io/name': 'snoop-gate', 'app.kubernetes.io/instance': name };
  const metadata = { name, labels };
  const [account, ...rights] = describeRights(metadata);
  return formatYamlPage([
    { comment, document: account },
    ...rights.map((document) => ({ comment: 'Its rights.', document })),
    { comment: answerComment, document: { apiVersion: 'v1', kind: 'ConfigMap', metadata } },
    { comment: jobComment, document: describeCronJob(metadata, image, flags) },
    ...describeMetrics(name, image),
  ]);
}

interface Metadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function describeRights(metadata: Metadata): object[] {
  const { name } = metadata;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [name], verbs: ['get', 'patch'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name }],
    },
  ];
}

function describeCronJob(metadata: Metadata, image: string, flags: readonly string[]): object {
  const { name, labels } = metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: `17 */${everyHours} * * *`,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          activeDeadlineSeconds: 1800,
          // The next run is the retry: the same sources would give the same answer.
          backoffLimit: 0,
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: name,
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              restartPolicy: 'Never',
              securityContext: restrictedPod,
              containers: [
                {
                  name: 'gate',
                  image,
                  command: [program],
                  args: ['keep-gate-answer', '--config-map', name, '--', ...flags.map(escapeReference)],
                  env: [
                    { name: 'HOME', value: '/tmp' },
                    { name: 'XDG_CACHE_HOME', value: '/tmp/cache' },
                  ],
                  resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } },
                  securityContext: restrictedContainer,
                  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
                },
              ],
              volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }],
            },
          },
        },
      },
    },
  };
}

function describeMetrics(answerName: string, image: string): YamlPart[] {
  const name = `${answerName}-metrics`;
  const selector = { 'app.kubernetes.io/instance': name };
  const labels = { 'app.kubernetes.io/name': 'snoop-gate', ...selector };
  const metadata = { name, labels };
  const probe = { httpGet: { path: '/healthz', port: 'metrics' }, periodSeconds: 20, timeoutSeconds: 5 };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      revisionHistoryLimit: 2,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restrictedPod,
          containers: [
            {
              name: 'metrics',
              image,
              command: [program],
              args: [
                'serve-gate-metrics',
                '--port',
                String(metricsPort),
                '--answer',
                `${answerFolder}/${keptAnswerFile}`,
              ],
              ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
              readinessProbe: probe,
              livenessProbe: { ...probe, initialDelaySeconds: 20 },
              resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { cpu: '250m', memory: '192Mi' } },
              securityContext: restrictedContainer,
              // The whole folder: a file mounted by itself never changes in a running container.
              volumeMounts: [{ name: 'answer', mountPath: answerFolder, readOnly: true }],
            },
          ],
          volumes: [{ name: 'answer', configMap: { name: answerName } }],
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector, ports: [{ name: 'metrics', port: metricsPort, targetPort: 'metrics', protocol: 'TCP' }] },
  };
  return [
    { comment: metricsComment, document: deployment },
    { comment: 'The job label of its metrics is the name of this Service.', document: service },
    ...describeMonitoring(name, labels, everyHours),
  ];
}

const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: userId,
  runAsGroup: userId,
  seccompProfile: { type: 'RuntimeDefault' },
};

const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

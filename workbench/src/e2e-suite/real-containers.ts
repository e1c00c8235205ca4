/** Specs that cannot pass on the local control plane with simulated nodes, where no container runs. */
export interface ContainerNeed {
  /** The source file as in conformance.yaml, or a folder that ends with a slash. */
  readonly file: string;
  /** What the specs need or do, after `they`. */
  readonly reason: string;
  /** Only specs whose name contains one of these. */
  readonly only?: readonly string[];
  /** All but specs whose name contains one of these. */
  readonly except?: readonly string[];
}

const files = 'read files in a container';
const output = 'read what a container prints';
const network = 'send requests to Pods';
const server = 'need a server in a Pod, which the API server calls';
const exit = 'need containers that fail';
const exec = 'run a program in a container';
const kubelet = 'need what a kubelet reports of a container';
const probes = 'need probes of a running container';
const quickJobs = 'need Pods of a Job that run for a while; simulated ones succeed after a second';

/**
 * By source file, since the names of specs change between releases; tried with 1.36.3, 1.37.2
 * and kwok 0.8.0.
 */
export const containerNeeds: readonly ContainerNeed[] = [
  { file: 'test/e2e/apimachinery/aggregator.go', reason: server },
  { file: 'test/e2e/apimachinery/crd_conversion_webhook.go', reason: server },
  { file: 'test/e2e/apimachinery/crd_selectable_fields.go', reason: server },
  {
    file: 'test/e2e/apimachinery/webhook.go',
    reason: server,
    except: ['match conditions', 'should include webhook resources in discovery documents'],
  },
  {
    file: 'test/e2e/apps/cronjob.go',
    reason: quickJobs,
    only: ['ForbidConcurrent', 'ReplaceConcurrent', 'schedule multiple jobs concurrently'],
  },
  // A rollout to an image that does not exist must not end.
  { file: 'test/e2e/apps/daemon_set.go', reason: exit, only: ['rollback without unnecessary restarts'] },
  { file: 'test/e2e/apps/deployment.go', reason: exit, only: ['proportional scaling'] },
  {
    file: 'test/e2e/apps/job.go',
    reason: exit,
    only: [
      'DisruptionTarget',
      'exit code',
      'some failing',
      'FailIndex',
      'sometimes fail',
      'maxFailedIndexes',
      'remain pending',
    ],
  },
  {
    file: 'test/e2e/apps/job.go',
    reason: quickJobs,
    only: ['adopt matching orphans', 'delete a job', 'changes to a job status'],
  },
  { file: 'test/e2e/apps/rc.go', reason: network, only: ['serve a basic image'] },
  { file: 'test/e2e/apps/replica_set.go', reason: network, only: ['serve a basic image'] },
  {
    file: 'test/e2e/apps/statefulset.go',
    reason: exec,
    only: ['Burst scaling', 'predictable order', 'rolling updates and roll backs', 'canary updates'],
  },
  { file: 'test/e2e/apps/statefulset.go', reason: kubelet, only: ['recreate evicted'] },
  { file: 'test/e2e/auth/projected_clustertrustbundle.go', reason: files, except: ['CRUD'] },
  { file: 'test/e2e/auth/projected_podcertificate.go', reason: files, except: ['reject pod creation'] },
  {
    file: 'test/e2e/auth/service_accounts.go',
    reason: output,
    only: ['OIDC discovery', 'mount an API token', 'mount projected service account token'],
  },
  { file: 'test/e2e/common/network/', reason: network },
  { file: 'test/e2e/common/node/configmap.go', reason: output, only: ['consumable'] },
  { file: 'test/e2e/common/node/container_probe.go', reason: probes },
  { file: 'test/e2e/common/node/containers.go', reason: output },
  { file: 'test/e2e/common/node/downwardapi.go', reason: output },
  { file: 'test/e2e/common/node/ephemeral_containers.go', reason: kubelet },
  { file: 'test/e2e/common/node/expansion.go', reason: output },
  { file: 'test/e2e/common/node/image_volume.go', reason: files },
  { file: 'test/e2e/common/node/init_container.go', reason: kubelet },
  { file: 'test/e2e/common/node/kubelet.go', reason: output, except: ['possible to delete'] },
  { file: 'test/e2e/common/node/kubelet_etc_hosts.go', reason: files },
  { file: 'test/e2e/common/node/lifecycle_hook.go', reason: network },
  { file: 'test/e2e/common/node/pod_resize.go', reason: kubelet },
  {
    file: 'test/e2e/common/node/pods.go',
    reason: kubelet,
    only: ['activeDeadlineSeconds', 'environment variables', 'over websockets'],
  },
  { file: 'test/e2e/common/node/runtime.go', reason: kubelet },
  { file: 'test/e2e/common/node/secrets.go', reason: output, only: ['consumable'] },
  { file: 'test/e2e/common/node/security_context.go', reason: output },
  { file: 'test/e2e/common/node/sysctl.go', reason: output, only: ['support sysctls'] },
  { file: 'test/e2e/common/storage/', reason: files, except: ['should be immutable'] },
  { file: 'test/e2e/kubectl/kubectl.go', reason: network, only: ['Guestbook', 'Update Demo'] },
  { file: 'test/e2e/kubectl/kubectl.go', reason: output, only: ['expose should create services'] },
  { file: 'test/e2e/kubectl/logs.go', reason: output },
  {
    file: 'test/e2e/network/apiserver.go',
    reason: 'need an API server whose address is not loopback',
    only: ['pointing to API Server'],
  },
  { file: 'test/e2e/network/dns.go', reason: network },
  {
    file: 'test/e2e/network/endpointslice.go',
    reason: network,
    only: ['multiple endpoint IPs', 'multiple ports'],
  },
  { file: 'test/e2e/network/hostport.go', reason: network },
  { file: 'test/e2e/network/proxy.go', reason: network },
  {
    file: 'test/e2e/network/service.go',
    reason: network,
    except: ['status lifecycle', 'delete a collection', 'listing all namespaces'],
  },
  { file: 'test/e2e/node/pods.go', reason: kubelet, only: ['MinimumKubeletVersion', 'graceful delete'] },
  { file: 'test/e2e/node/pre_stop.go', reason: network },
  { file: 'test/e2e/node/security_context.go', reason: output },
  { file: 'test/e2e/storage/subpath.go', reason: files },
];

/** Specs that take longer than four minutes, with what they wait for. */
export const slowSpecs: readonly { readonly file: string; readonly only: string; readonly waits: string }[] = [
  {
    file: 'test/e2e/apimachinery/chunking.go',
    only: 'compacted away',
    // The API server compacts every five minutes.
    waits: "up to ten minutes for etcd's compaction",
  },
  {
    file: 'test/e2e/apimachinery/resource_quota.go',
    only: 'apply changes to a resourcequota status',
    waits: 'up to five minutes for kube-controller-manager to sync quotas',
  },
  {
    file: 'test/e2e/apps/cronjob.go',
    only: 'not schedule jobs when suspended',
    waits: 'five minutes for a Job that must not be created',
  },
  {
    file: 'test/e2e/scheduling/predicates.go',
    only: 'one using 0.0.0.0 hostIP',
    waits: 'five minutes for a Pod that must not be scheduled',
  },
];

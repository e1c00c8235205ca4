/**
 * Events in a batch. Any user can create an event of 34 MiB with a long URI (`largestEventBytes` in
 * lint/audit/audit-flags.ts), and the auditlogger accepts bodies of 128 MiB: of a larger batch, all events are lost,
 * including those of other users.
 */
const batchMaxSize = 3;

/**
 * Lists a kube-apiserver's audit flags. With its defaults, events would be up to 30 s late and limited to 4,000 a
 * second. The first back-off keeps its default, since it decides how long an outage is bridged. Truncation stays off:
 * it does not split batches, and hides requests whose events are large.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#batching
 *
 * @param files paths as the apiserver sees them
 */
export function listApiserverFlags(files: { readonly policy: string; readonly kubeconfig: string }): string[] {
  return [
    `--audit-policy-file=${files.policy}`,
    `--audit-webhook-config-file=${files.kubeconfig}`,
    '--audit-webhook-mode=batch',
    '--audit-webhook-batch-max-wait=100ms',
    `--audit-webhook-batch-max-size=${batchMaxSize}`,
    '--audit-webhook-batch-buffer-size=50000',
    '--audit-webhook-batch-throttle-qps=3000',
    '--audit-webhook-batch-throttle-burst=3000',
  ];
}

/**
 * How a kube-apiserver sends. Defaults would show events up to 30 s late and hold 4,000 events a second at most; the first
 * back-off stays at its default, since it decides how long an outage is bridged.
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
    '--audit-webhook-batch-max-size=400',
    '--audit-webhook-batch-buffer-size=50000',
    '--audit-webhook-batch-throttle-qps=100',
    '--audit-webhook-batch-throttle-burst=200',
  ];
}

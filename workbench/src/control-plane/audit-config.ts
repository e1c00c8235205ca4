import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeWholeFile } from '@snoop/snoopdb';
import type { Layout } from './layout.ts';
import type { Ports } from './ports.ts';

// RequestReceived says nothing that a later stage does not say again. ResponseStarted must stay: a watch that is still open
// shows only there.
const policy = `# Every request is recorded, without bodies.
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
- RequestReceived
rules:
- level: Metadata
`;

/** Writes the audit policy, and the kubeconfig that tells the apiserver where our auditlogger is. */
export function writeAuditConfig(layout: Layout, ports: Ports): void {
  mkdirSync(dirname(layout.auditPolicy), { recursive: true });
  writeWholeFile(layout.auditPolicy, policy);
  writeWholeFile(
    layout.auditSink,
    `apiVersion: v1
kind: Config
current-context: auditlogger
contexts:
- name: auditlogger
  context:
    cluster: auditlogger
    user: kube-apiserver
clusters:
- name: auditlogger
  cluster:
    server: http://127.0.0.1:${ports.auditlogger}/events
users:
- name: kube-apiserver
`,
  );
}

/**
 * How the apiserver sends. Defaults would show events up to 30 s late and hold 4,000 events a second at most; the first
 * back-off stays at its default, since it decides how long an outage is bridged.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#batching
 */
export function listAuditFlags(layout: Layout): string[] {
  return [
    `--audit-policy-file=${layout.auditPolicy}`,
    `--audit-webhook-config-file=${layout.auditSink}`,
    '--audit-webhook-mode=batch',
    '--audit-webhook-batch-max-wait=100ms',
    '--audit-webhook-batch-max-size=400',
    '--audit-webhook-batch-buffer-size=50000',
    '--audit-webhook-batch-throttle-qps=100',
    '--audit-webhook-batch-throttle-burst=200',
  ];
}

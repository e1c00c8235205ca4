/**
 * The audit policy: every request, without bodies, which keeps Secrets out of the log. RequestReceived adds nothing
 * to later stages. ResponseStarted must stay: an open watch shows only there.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
 */
export const auditPolicy = `# Every request is recorded, without bodies.
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
- RequestReceived
rules:
- level: Metadata
`;

/**
 * The audit policy: every request, without bodies, so that Secrets stay out of the log. RequestReceived says nothing that a later stage does
 * not say again. ResponseStarted must stay: a watch that is still open shows only there.
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

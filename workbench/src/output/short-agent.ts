/**
 * Removes platform and commit from the user agent of a Kubernetes program: `kube-controller-manager/v1.36.3
 * (linux/amd64) kubernetes/0a1b2c3/shared-informers` becomes `kube-controller-manager/v1.36.3 (shared-informers)`.
 */
export function shortenAgent(agent: string): string {
  const [, program, part] = /^(\S+) \([^)]*\) (?:kubernetes\/)?[^\s/]+(?:\/(\S+))?$/.exec(agent) ?? [];
  if (program === undefined) return agent;
  return part === undefined ? program : `${program} (${part})`;
}

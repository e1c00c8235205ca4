import { readRelease } from '../release.ts';
import { type Agent, resemblesTestAgent } from './test-agent.ts';

/** What a user agent says about its program. */
export interface AgentFacts {
  readonly program: 'e2e.test' | 'kube-apiserver' | 'kube-controller-manager' | 'other';
  /** X.Y.Z. Kubernetes cuts what follows a hyphen (client-go rest.DefaultKubernetesUserAgent): an alpha looks released. */
  readonly release: string | null;
  readonly commit: string | null;
  /** Whether it was perhaps meant to be a test's. */
  readonly resemblesTest: boolean;
}

// e2e.test/v1.36.3 (linux/amd64) kubernetes/4cb9f7d
const pattern =
  /^(e2e\.test|kube-apiserver|kube-controller-manager)\/(\S{1,60}) \([^)]{1,60}\) kubernetes\/([0-9a-f]{7,40})?/;

/** Reads the program, release and commit that client-go writes into a user agent. */
export function readAgentFacts({ name }: Pick<Agent, 'name'>): AgentFacts {
  const [, program, version = '', commit = null] = pattern.exec(name) ?? [];
  const release = readRelease(version);
  return {
    program:
      program === 'e2e.test' || program === 'kube-apiserver' || program === 'kube-controller-manager'
        ? program
        : 'other',
    release: release === '0.0.0' ? null : release,
    commit,
    resemblesTest: resemblesTestAgent(name),
  };
}

import { type Agent, compareReleases, isSameMinor, readRelease, resemblesTestAgent } from '@snoop/snoopdb';

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
export function readAgentFacts({ name }: Agent): AgentFacts {
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

/** Different texts, up to a limit, since senders choose them. */
export class BoundedSet {
  readonly #texts = new Set<string>();
  readonly #limit: number;
  #isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(given: string): void {
    const text = given.slice(0, 300);
    if (this.#texts.has(text)) return;
    if (this.#texts.size < this.#limit) this.#texts.add(text);
    else this.#isFull = true;
  }

  /** Whether some were dropped. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get size(): number {
    return this.#texts.size;
  }

  list(): string[] {
    return [...this.#texts].sort();
  }
}

/** Sorts releases, oldest first. */
export function sortReleases(releases: readonly string[]): string[] {
  return [...releases].sort(compareReleases);
}

/** Whether releases are of several minor releases. */
export function haveSeveralMinors(releases: readonly string[]): boolean {
  const [first] = releases;
  return first !== undefined && releases.some((release) => !isSameMinor(first, release));
}

import type { Agent } from '@snoop/snoopdb';
import type { HitEndpoint } from '../../facts.ts';

/** API servers truncate user agents at 1024 bytes; longer names were made up. */
const maxNameLength = 1100;
const maxNameCharacters = 32 * 2 ** 20;
const maxPairs = 1_000_000;

interface EndpointTests {
  readonly tests: Set<string>;
  confTested: boolean;
}

/** Which tests hit which endpoints, in bounded memory. */
export class HitTable {
  readonly #endpoints = new Map<string, EndpointTests>();
  readonly #names = new Map<string, string>();
  #characters = 0;
  #pairs = 0;
  #hasDropped = false;

  /** @param agent of a test */
  add(endpoint: string, { test, confTestHit }: Agent): void {
    const found = this.#endpoints.get(endpoint) ?? { tests: new Set(), confTested: false };
    this.#endpoints.set(endpoint, found);
    found.confTested ||= confTestHit;
    if (test === null || found.tests.has(test)) return;
    const name = this.#keepName(test);
    if (name === null || this.#pairs >= maxPairs) {
      this.#hasDropped = true;
      return;
    }
    this.#pairs += 1;
    found.tests.add(name);
  }

  /** One string for all endpoints of a test; null: there are too many names. */
  #keepName(test: string): string | null {
    const known = this.#names.get(test);
    if (known !== undefined) return known;
    if (test.length > maxNameLength || this.#characters + test.length > maxNameCharacters) return null;
    this.#characters += test.length;
    this.#names.set(test, test);
    return test;
  }

  /** Whether names of tests were dropped, since there were too many. Endpoints never are. */
  get hasDropped(): boolean {
    return this.#hasDropped;
  }

  get hasConformance(): boolean {
    return [...this.#endpoints.values()].some(({ confTested }) => confTested);
  }

  /** Whether a hit by this agent would add nothing. */
  hasHit(endpoint: string, { test, confTestHit }: Agent): boolean {
    const found = this.#endpoints.get(endpoint);
    return found !== undefined && (found.confTested || !confTestHit) && (test === null || found.tests.has(test));
  }

  has(endpoint: string): boolean {
    return this.#endpoints.has(endpoint);
  }

  list(): HitEndpoint[] {
    return [...this.#endpoints].map(([endpoint, { tests, confTested }]) => ({
      endpoint,
      tests: [...tests].sort(),
      tested: true,
      confTested,
    }));
  }
}

import type { WindowHits } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import { judgeTest, type SuiteResults, type TestOutcome } from './suite-results.ts';
import { type AgentPattern, nameAgent } from './test-names.ts';

/** Endpoints with numbers of requests. */
type Counts = Map<string, number>;

/** Requests without success: codes with numbers of requests, by endpoint. */
type Failures = Map<string, Counts>;

/** What a test requested. */
export interface TestHits {
  readonly outcome: TestOutcome;
  readonly hits: Counts;
  readonly failures: Failures;
}

/** The requests of a run, sorted by who sent them. */
export interface CollectedHits {
  /** By name; the empty name: tests without a name. */
  readonly tests: ReadonlyMap<string, TestHits>;
  /** Agents that are not tests. */
  readonly agents: ReadonlyMap<string, Counts>;
  /** Further agents that are not listed. */
  readonly otherAgents: number;
}

/** Each costs about a hundred bytes. */
const maxPairs = 2_000_000;
const maxAgents = 10_000;

export interface HitCollector {
  add(hits: WindowHits): void;
  finish(): CollectedHits;
}

/**
 * Collects the requests of a run by test and by agent.
 *
 * @param pattern of --test-agent; null: only e2e.test agents are tests
 */
export function createHitCollector(results: SuiteResults, pattern: AgentPattern | null): HitCollector {
  const tests = new Map<string, TestHits>();
  const agents = new Map<string, Counts>();
  let otherAgents = 0;
  let lastOther: string | null = null;
  let pairs = 0;
  const count = (counts: Counts, key: string, requests: number): void => {
    const before = counts.get(key);
    if (before === undefined) pairs += 1;
    if (pairs > maxPairs) throw createTooManyError();
    counts.set(key, (before ?? 0) + requests);
  };
  const addToTest = (name: string, { endpoint, isHit, code, requests }: WindowHits): void => {
    const test = tests.get(name) ?? { outcome: judgeTest(results, name), hits: new Map(), failures: new Map() };
    tests.set(name, test);
    if (isHit) {
      count(test.hits, endpoint, requests);
      return;
    }
    const codes = test.failures.get(endpoint) ?? new Map<string, number>();
    test.failures.set(endpoint, codes);
    count(codes, code ?? 'no answer', requests);
  };
  return {
    add(row) {
      const { isTest, test } = nameAgent(row, pattern);
      if (isTest) addToTest(test ?? '', row);
      if (isTest || !row.isHit) return;
      const known = agents.get(row.agent);
      if (known === undefined && agents.size >= maxAgents) {
        // Rows are sorted by agent.
        if (lastOther !== row.agent) otherAgents += 1;
        lastOther = row.agent;
        return;
      }
      const counts: Counts = known ?? new Map();
      agents.set(row.agent, counts);
      count(counts, row.endpoint, row.requests);
    },
    finish: () => ({ tests, agents, otherAgents }),
  };
}

function createTooManyError(): SnoopError {
  return new SnoopError(
    'too_many_hits',
    `The run has more than ${maxPairs.toLocaleString('en-US')} pairs of test and endpoint.`,
    { advice: ['Use a --test-agent pattern whose names do not change with each request, or run fewer tests.'] },
  );
}

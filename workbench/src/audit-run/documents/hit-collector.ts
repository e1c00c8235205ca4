import type { WindowHits } from '@snoop/snoopdb';
import { judgeTest, type SuiteResults, type TestOutcome } from './suite-results.ts';
import { type AgentPattern, nameAgent, shortenAgent } from './test-names.ts';

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
  /** Why requests are missing, as a sentence; null: none are missing. */
  readonly problem: string | null;
}

/** Each costs up to 850 bytes, if each is of another test. */
const maxPairs = 500_000;
/** Of the names of tests; coverage.json repeats a name for each endpoint, and is one string while it is written. */
const maxCharacters = 128 * 2 ** 20;
const maxAgents = 10_000;

export interface HitCollector {
  add(hits: WindowHits): void;
  finish(): CollectedHits;
}

/**
 * Collects the requests of a run by test and by agent, up to a bound: a suite may have a new name for each request.
 *
 * @param pattern of --test-agent; null: only e2e.test agents are tests
 */
export function createHitCollector(results: SuiteResults, pattern: AgentPattern | null): HitCollector {
  const tests = new Map<string, TestHits>();
  const agents = new Map<string, Counts>();
  let otherAgents = 0;
  let lastOther: string | null = null;
  let pairs = 0;
  let characters = 0;
  const isFull = (): boolean => pairs >= maxPairs || characters >= maxCharacters;
  const count = (counts: Counts, key: string, requests: number, name: string): void => {
    const before = counts.get(key);
    if (before === undefined) {
      pairs += 1;
      characters += name.length;
    }
    counts.set(key, (before ?? 0) + requests);
  };
  const addToTest = (name: string, { endpoint, isHit, code, requests }: WindowHits): void => {
    const test = tests.get(name) ?? { outcome: judgeTest(results, name), hits: new Map(), failures: new Map() };
    tests.set(name, test);
    if (isHit) {
      count(test.hits, endpoint, requests, name);
      return;
    }
    const codes = test.failures.get(endpoint) ?? new Map<string, number>();
    test.failures.set(endpoint, codes);
    count(codes, code ?? 'no answer', requests, name);
  };
  const addToAgent = (agent: string, { endpoint, requests }: WindowHits): void => {
    const known = agents.get(agent);
    if (known === undefined && agents.size >= maxAgents) {
      // Rows are sorted by agent.
      if (lastOther !== agent) otherAgents += 1;
      lastOther = agent;
      return;
    }
    const counts: Counts = known ?? new Map();
    agents.set(agent, counts);
    count(counts, endpoint, requests, '');
  };
  return {
    add(row) {
      if (isFull()) return;
      const { isTest, test } = nameAgent(row, pattern);
      if (isTest) addToTest(test ?? '', row);
      else if (row.isHit) addToAgent(shortenAgent(row.agent), row);
    },
    finish: () => ({ tests, agents, otherAgents, problem: isFull() ? tooManyNames : null }),
  };
}

const tooManyNames =
  'The run has too many pairs of test and endpoint, so not all requests count. Use a --test-agent pattern whose names do not change with each request, or run fewer tests.';

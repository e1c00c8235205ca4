import { compare } from './coverage.ts';
import type { CollectedHits } from './hit-collector.ts';

/** Clients that are not tests, with the endpoints that they hit: agents.json. */
export interface AgentsDocument {
  /** How to give names to tests; null: tests have names. */
  readonly advice: string | null;
  readonly agents: readonly {
    readonly agent: string;
    readonly endpoints: readonly string[];
    readonly requests: number;
  }[];
  /** Further agents that are not listed. */
  readonly others: number;
}

const namingAdvice =
  "No user agent names a test, so coverage.json has no tests. Set the user agent 'NAME/VERSION -- TEST' on the suite's clients and give --test-agent '^NAME/'; clients of Kubernetes' e2e framework do it by themselves.";

/** Lists coverage by agent. */
export function createAgents({ tests, agents, otherAgents }: CollectedHits): AgentsDocument {
  return {
    advice: [...tests.keys()].some((test) => test !== '') ? null : namingAdvice,
    agents: [...agents]
      .sort(([a], [b]) => compare(a, b))
      .map(([agent, hits]) => ({
        agent,
        endpoints: [...hits.keys()].sort(compare),
        requests: [...hits.values()].reduce((sum, requests) => sum + requests, 0),
      })),
    others: otherAgents,
  };
}

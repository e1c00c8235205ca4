import type { Comparison, SideHit } from './comparison.ts';
import { countChange, type CoverageChange } from './coverage-change.ts';
import { describeEndpoint, type EndpointHit } from './endpoint-hits.ts';

/** Endpoints that one agent hit beside a run. */
export interface AgentHits {
  /** User agent. */
  agent: string;
  /** By name; `answers` and `hitsFrom` are empty. */
  endpoints: EndpointHit[];
}

/** How many endpoints of a group indirect hits would add to those that are tested after the run. */
export interface IndirectChange {
  of: CoverageChange['of'];
  tested: number;
  conformance: number;
}

export interface SideCoverage {
  /** What controllers, the scheduler and kubelets hit in the namespaces of the tests while they ran. */
  indirect: { agents: AgentHits[]; change: IndirectChange[] };
  /** The same by other clients: perhaps clients that a test created itself. Never counted. */
  otherClients: AgentHits[];
}

/** @param hits those of the run itself */
export function describeSideHits(
  { before, endpoints, sideHits }: Comparison,
  hits: readonly EndpointHit[],
): SideCoverage {
  const describe = (sentBy: SideHit['sentBy']): AgentHits[] => {
    const agents = new Map<string, EndpointHit[]>();
    for (const hit of sideHits) {
      if (hit.sentBy !== sentBy) continue;
      const own = agents.get(hit.agent) ?? [];
      agents.set(hit.agent, own);
      own.push({ ...describeEndpoint(hit.endpoint, endpoints.get(hit.endpoint)), hits: hit.hits });
    }
    return [...agents].map(([agent, own]) => ({ agent, endpoints: own }));
  };
  const indirect = describe('controller');
  const direct = new Set(hits.filter((hit) => hit.hits > 0).map(({ endpoint }) => endpoint));
  const added = new Set(indirect.flatMap((agent) => agent.endpoints.map(({ endpoint }) => endpoint)));
  const rows = [...added]
    .flatMap((endpoint) => endpoints.get(endpoint) ?? [])
    .filter(({ endpoint }) => !direct.has(endpoint));
  const change = countChange(
    before,
    rows.map((row) => [row, 'passed'] as const),
  );
  return {
    indirect: {
      agents: indirect,
      change: change.map(({ of, difference, conformance }) => ({
        of,
        tested: difference,
        conformance: conformance.difference,
      })),
    },
    otherClients: describe('other'),
  };
}

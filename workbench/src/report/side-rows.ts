import type { AgentHits } from '@snoop/snoopdb';
import { shortenAgent } from '../output/short-agent.ts';
import { conformanceMark, formatTested, unknownMark, untestedMark } from './endpoint-marks.ts';
import type { Report } from './report.ts';

/** A table of what others hit beside the run. */
export interface SideSection {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const hitColumns = ['agent', 'endpoint', 'hits', 'e2e', 'conformance', ''] as const;
const clientColumns = ['client', 'requests', 'endpoints hit'] as const;
const changeColumns = ['endpoints', 'tested', 'conformance tested'] as const;

/** Lists clients of a command, and what others hit in the namespaces of tests, by agent; sections that are not empty. */
export function listSideSections({ clients, window, indirect, otherClients, countsIndirect }: Report): SideSection[] {
  const counted = countsIndirect ? 'counted apart, below' : 'not counted';
  return [
    {
      heading: window === null ? 'Clients of the command, by the user agent they sent' : 'Agents',
      columns: clientColumns,
      rows: clients.map(({ agent, requests, endpoints }) => [agent, String(requests), String(endpoints)]),
    },
    {
      heading: `Indirect hits, by controllers in the namespaces of the tests (${counted})`,
      columns: hitColumns,
      rows: listHitRows(indirect.agents),
    },
    {
      heading: 'Perhaps not through `cluster`: hits by other clients in the namespaces of the tests (never counted)',
      columns: hitColumns,
      rows: listHitRows(otherClients),
    },
    {
      heading: 'What indirect hits would add to the change below',
      columns: changeColumns,
      rows: countsIndirect
        ? indirect.change.map(({ of, tested, conformance }) => [of, `+${tested}`, `+${conformance}`])
        : [],
    },
  ].filter(({ rows }) => rows.length > 0);
}

function listHitRows(agents: readonly AgentHits[]): string[][] {
  return agents.flatMap(({ agent, endpoints }) =>
    endpoints.map((hit) => [
      shortenAgent(agent),
      hit.endpoint,
      String(hit.hits),
      formatTested(hit, hit.e2e),
      formatTested(hit, hit.conformance),
      hit.unknown
        ? unknownMark
        : hit.inBaseline && !hit.deprecated && !hit.e2e
          ? untestedMark
          : hit.eligible && !hit.conformance
            ? conformanceMark
            : '',
    ]),
  );
}

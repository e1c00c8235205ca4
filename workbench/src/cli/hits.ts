import type { AgentOrigins, HitsAnswer, SeenAgent } from '@snoop/snoopdb';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { didYouMean, findNearest, matchValue } from '@snoop/snoopdb/command-line';
import type { Answer } from '../output/answer.ts';
import { shortenAgent } from '../output/short-agent.ts';
import type { Column } from '../output/table.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';
import { describeNearAgent } from '../report/near-agent.ts';
import { count } from '../output/quantities.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import {
  askHits,
  findAgentOrigins,
  findAskedRelease,
  listAgents,
  listSources,
  resemblesTestAgent,
} from '@snoop/snoopdb';

const flags = {
  agent: valueFlag('--agent <NAME>', 'the client: coredns, kube-controller-manager, kubectl/v1.36 …'),
  source: valueFlag('--source <SOURCE>', 'only hits from this cluster, CI run or file'),
  release: valueFlag('--release <RELEASE>', 'only hits of this release, compared with it instead of the baseline'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop hits',
  title: 'which endpoints a client uses',
  usage: ['snoop hits [--agent NAME] [options]'],
  about: `
The endpoints that a client hit, live or in loaded events, and which of them are beta, deprecated or untested. The name
of a client is a prefix of its user agent, else any part of it, ignoring case. Without --agent, lists all clients. Dry
runs do not count, except those requested only in the body (kubectl delete --dry-run=server), which events of level
Metadata do not show.`,
  flags,
  environment: questionEnvironment,
  examples: `
snoop hits                     # all clients, the most active first
snoop hits --agent coredns
snoop hits --agent my-operator --output json | jq .summary`,
  exitCodes: '0 answered · 1 no such client · 2 wrong use · 3 the release is not loaded, or SnoopDB does not answer',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const asking = {
    user: 'snoop hits',
    releases: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const source =
      values.source === undefined ? undefined : matchValue('source', values.source, await listSources(pool), 'SnoopDB');
    const release =
      values.release === undefined ? undefined : await findAskedRelease(pool, values.release, 'endpoints');
    const filter = { source, release };
    const agents = await listAgents(pool, filter);
    if (values.agent === undefined || /^(live[-_. ]?t|e2e)/i.test(values.agent)) {
      const near = agents.map(({ agent }) => agent).filter(resemblesTestAgent);
      for (const agent of near.slice(0, 5)) context.progress.print(describeNearAgent(agent));
    }
    if (values.agent === undefined) {
      print(describeAgents(agents));
      if (agents.length === 0) context.progress.print('There are no hits yet.');
      return 0;
    }
    const answer = await askHits(pool, values.agent, filter);
    if (answer.agents.length === 0) {
      const seen = agents.map(({ agent }) => agent);
      const hint = didYouMean(findNearest(values.agent, seen, 3)) || "'snoop hits' lists all clients.";
      const nowhere = `No client '${values.agent}' was seen. ${seen.length === 0 ? 'There are no hits yet.' : hint}`;
      context.progress.print(describePlaces(values, await findAgentOrigins(pool, values.agent)) ?? nowhere);
      return 1;
    }
    print(describeHits(answer));
    return 0;
  });
}

/** Says where else a client was seen; null: nowhere. */
function describePlaces(
  asked: { agent?: string | undefined; release?: string | undefined; source?: string | undefined },
  { agents, releases, sources }: AgentOrigins,
): string | null {
  if (agents.length === 0) return null;
  const excluded = [
    ...(asked.release === undefined ? [] : [`in ${asked.release}`]),
    ...(asked.source === undefined ? [] : [`from ${asked.source}`]),
  ];
  const seen = [
    `in ${releases.join(', ') || 'no known release'}`,
    ...(asked.source === undefined ? [] : [`from ${sources.slice(0, 5).join(', ')}${sources.length > 5 ? ' …' : ''}`]),
  ];
  return `'${asked.agent}' was seen, but ${seen.join(', ')}: not ${excluded.join(' ')}.`;
}

// User agents are long, so they are last.
const agentColumns = [
  { name: 'endpoints', align: 'right' },
  { name: 'seen' },
  { name: 'sources', align: 'right' },
  { name: 'firstSeenAt', title: 'first seen' },
  { name: 'agent', title: 'client', shorten: shortenAgent },
] as const satisfies Column[];

function describeAgents(agents: readonly SeenAgent[]): Answer {
  const table = { columns: agentColumns, rows: agents.map((agent) => ({ ...agent })) };
  return { json: { agents }, csv: table, parts: agents.length === 0 ? [] : [{ table }] };
}

const endpointColumns = [
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'deprecated' },
  { name: 'tested', title: 'e2e' },
  { name: 'confTested', title: 'conformance' },
  { name: 'firstSeenAt', title: 'first seen' },
] as const satisfies Column[];
const csvColumns = [
  ...endpointColumns,
  { name: 'inRelease' },
  { name: 'agents' },
  { name: 'sources' },
] as const satisfies Column[];

export function describeHits({ release, agents, summary, endpoints }: HitsAnswer): Answer {
  const { beta, alpha, deprecated, untested, notInRelease } = summary;
  const parts = [
    `${beta} beta`,
    `${alpha} alpha`,
    `${deprecated} deprecated`,
    `${untested} untested`,
    `${notInRelease} not in ${release.release}`,
  ];
  const rows = endpoints.map((endpoint) => ({ ...endpoint }));
  return {
    json: { ...releaseJson(release), agents, summary, endpoints },
    csv: { columns: csvColumns, rows },
    warnings: releaseWarnings(release),
    parts: [
      {
        facts: [
          ...releaseFacts(release),
          ['Client', agents.join(', ')],
          ['Uses', `${count(summary.endpoints, 'endpoint')}: ${parts.join(', ')}`],
        ],
      },
      { table: { columns: endpointColumns, rows } },
    ],
  };
}

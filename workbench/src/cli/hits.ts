import type { AgentOrigins, HitsAnswer, SeenAgent } from '@snoop/snoopdb';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { findNearest, matchValue } from '@snoop/snoopdb/command-line';
import type { Answer } from '../output/answer.ts';
import { shortenAgent } from '../output/short-agent.ts';
import type { Column } from '../output/table.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';
import { describeNearAgent } from '../report/near-agent.ts';
import { count } from '../report/report.ts';
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
  source: valueFlag('--source <SOURCE>', 'only what came from this cluster, CI run or file'),
  release: valueFlag('--release <RELEASE>', 'only hits of this release, and compared with it instead of the baseline'),
  ...questionFlags,
};

/** `snoop hits`. Answers 0: answered; 1: nobody of that name was seen. */
export const command = defineCommand({
  name: 'snoop hits',
  title: 'what a client uses of the API',
  usage: ['snoop hits [--agent NAME] [options]'],
  about: `
The endpoints that a client hit with success, seen live or in loaded events: which of them are beta, deprecated,
untested. A client is named by the beginning of its user agent, else by any part of it; upper and lower case are the
same. Without --agent: the clients that are known. Dry runs are no hits, but one that only the body of a request asks
for (kubectl delete --dry-run=server) is seen only in events of level Request, and counts at level Metadata.`,
  flags,
  environment: questionEnvironment,
  examples: `
snoop hits                     # every client, those that use most first
snoop hits --agent coredns
snoop hits --agent my-operator --output json | jq .summary`,
  exitCodes: '0 answered · 1 no such client was seen · 2 wrong use · 3 the release is not loaded, or SnoopDB is away',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const asking = { user: 'snoop hits', about: values.release === undefined ? 'baseline' : [values.release] } as const;
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
      if (agents.length === 0) context.progress.print('No client was seen yet.');
      return 0;
    }
    const answer = await askHits(pool, values.agent, filter);
    if (answer.agents.length === 0) {
      const seen = agents.map(({ agent }) => agent);
      const nearest = findNearest(values.agent, seen, 3);
      const hint = nearest.length > 0 ? `The nearest: ${nearest.join(', ')}.` : "'snoop hits' lists those that were.";
      const nowhere = `No client '${values.agent}' was seen. ${seen.length === 0 ? 'None was.' : hint}`;
      context.progress.print(describePlaces(values, await findAgentOrigins(pool, values.agent)) ?? nowhere);
      return 1;
    }
    print(describeHits(answer));
    return 0;
  });
}

/** Says that a client was seen, and where, when what was asked for leaves that out; null: it was seen nowhere. */
function describePlaces(
  asked: { agent?: string | undefined; release?: string | undefined; source?: string | undefined },
  { agents, releases, sources }: AgentOrigins,
): string | null {
  if (agents.length === 0) return null;
  const left = [
    ...(asked.release === undefined ? [] : [`in ${asked.release}`]),
    ...(asked.source === undefined ? [] : [`from ${asked.source}`]),
  ];
  const seen = [
    `in ${releases.join(', ') || 'no known release'}`,
    ...(asked.source === undefined ? [] : [`from ${sources.slice(0, 5).join(', ')}${sources.length > 5 ? ' …' : ''}`]),
  ];
  return `'${asked.agent}' was seen, but ${seen.join(', ')}: not ${left.join(' ')}.`;
}

// User agents are long: they come last.
const agentColumns = [
  { name: 'endpoints', align: 'right' },
  { name: 'seen' },
  { name: 'sources', align: 'right' },
  { name: 'firstSeenAt', title: 'first seen' },
  { name: 'agent', title: 'client', shorten: shortenAgent },
] as const satisfies Column[];

/** Puts the clients into the forms that are printed. */
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

/** Puts the answer into the forms that are printed. */
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

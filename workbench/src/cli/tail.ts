import type { Context } from '../context.ts';
import { describeNearAgent } from '../report/near-agent.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags, outputFlag } from '../command-line/flags.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { loadNeededReleases, resemblesTestAgent } from '@snoop/snoopdb';
import { chooseEndpoint } from '../tail/choose-endpoint.ts';
import { readPattern } from '../tail/pattern.ts';
import { listKnownClusters } from '../cluster-choice/known-clusters.ts';
import { createLineWriter } from '../output/line-writer.ts';
import { createPaint, shouldUseColor } from '../output/paint.ts';
import { formatEvent, formatEventJson } from '../tail/event-line.ts';
import { tailEvents } from '../tail/tail-events.ts';

const flags = {
  all: switchFlag('--all', 'also what the cluster does by itself, and what snoop asks of it'),
  agent: valueFlag(
    '--agent <NAME>',
    'only clients whose user agent begins like this; a * stands for any text; of those all',
  ),
  endpoint: valueFlag('--endpoint <ENDPOINT>', 'only this endpoint; a * stands for any text'),
  untested: switchFlag('--untested', 'only hits of endpoints that are untested until now'),
  source: valueFlag('--source <SOURCE>', 'only what comes from this cluster; a * stands for any text'),
  output: outputFlag(['text', 'json']),
  ...databaseFlags,
};

/** `snoop tail`. Answers 0: it was ended, or nobody reads any more. */
export const command = defineCommand({
  name: 'snoop tail',
  title: 'audit events as they are committed, one line each',
  usage: ['snoop tail [options]'],
  about: `
Begins with now and goes on until Ctrl-C. What the cluster does by itself (kube-apiserver, controllers, scheduler,
kubelets, probes, kube-system) and what snoop asks of it are left out; --all shows them. A line: time (UTC), code, verb,
endpoint (or the path, and why it is none), the test's name or the client, and the source when there are several. Hits
of endpoints of the baseline that no e2e test hits are marked 'untested until now', whoever makes them. Each stage of a
request is an event; all but the last are named. On a terminal lines are cut to its width; below 120 columns
'untested' stands before the endpoint, and the verb is left out. While SnoopDB is away it is waited for; nothing is left
out. With --output json, each line is one object.`,
  flags,
  environment: {
    DATABASE_URL: 'the SnoopDB to follow when no cluster of the state folder runs',
    NO_COLOR: 'no colours',
  },
  examples: `
snoop tail                           # what tests and people do
snoop tail --all                     # everything
snoop tail --agent live-test         # what live tests do
snoop tail --agent 'live-test*Pod lifecycle*'   # what one of them does
snoop tail --untested                # which endpoints would be new
snoop tail --endpoint 'patch*' --output json | jq .agent`,
  exitCodes: '130 ended by Ctrl-C · 0 its reader went away · 2 wrong use · 3 SnoopDB was away from the beginning',
  run,
});

/** Senders choose their agents: of so many that are nearly test agents it is said. */
const mostSaid = 20;

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  const { environment, progress, stdout, signal } = context;
  return withDatabase(context, values, { user: 'snoop tail' }, async ({ pool, startedHere, stateFolder }) => {
    if (startedHere) {
      progress.print(`No cluster runs in ${stateFolder}: no event will come before 'snoop up'. Ctrl-C ends this.`);
    }
    const [loaded] = await loadNeededReleases(pool, 'baseline');
    if (loaded !== undefined)
      progress.print(`No release was loaded: the baseline ${loaded}, which ships, was loaded now.`);
    const filter = {
      agent: values.agent === undefined ? undefined : readPattern(values.agent, 'beginning'),
      endpoint: values.endpoint === undefined ? undefined : await chooseEndpoint(pool, values.endpoint),
      source: values.source === undefined ? undefined : readPattern(values.source, 'whole'),
      untestedOnly: values.untested === true,
      // A client that is named is wanted, whoever it is.
      all: values.all === true || values.agent !== undefined,
    };
    const sources = new Set(await listKnownClusters(pool));
    const source = filter.source;
    if (source && ![...sources].some(source)) {
      const known = [...sources].join(', ') || 'none';
      progress.print(`Nothing came from '${values.source}' yet; it is waited for. Known: ${known}.`);
    }
    const writer = createLineWriter(stdout);
    const said = new Set<string>();
    const sayWhetherTestAgent = (agent: string): void => {
      const name = agent.split(' -- ', 1)[0] ?? '';
      if (said.has(name) || said.size === mostSaid || !resemblesTestAgent(name)) return;
      said.add(name);
      progress.print(describeNearAgent(name));
    };
    const paint = createPaint(shouldUseColor(stdout, environment));
    await tailEvents({
      pool,
      filter,
      print: progress.print,
      signal,
      show: (events) => {
        for (const { source: from, agent } of events) {
          sources.add(from);
          if (agent !== null) sayWhetherTestAgent(agent);
        }
        const options = { paint, width: readWidth(stdout), showsSource: source === undefined && sources.size > 1 };
        const lines = events.map((event) => (format === 'json' ? formatEventJson(event) : formatEvent(event, options)));
        return writer.write(`${lines.join('\n')}\n`);
      },
    });
    writer.end();
    return 0;
  });
}

/** null where nobody looks at lines of a certain width. */
function readWidth(stream: NodeJS.WritableStream): number | null {
  if (!('isTTY' in stream) || stream.isTTY !== true) return null;
  return 'columns' in stream && typeof stream.columns === 'number' && stream.columns > 0 ? stream.columns : null;
}

import type { Context } from '../context.ts';
import { describeNearAgent } from '../report/near-agent.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { parseTime } from '../command-line/flag-values.ts';
import { databaseEnvironment, databaseFlags, outputFlag } from '../command-line/flags.ts';
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
  all: switchFlag('--all', "also the cluster's and snoop's own requests"),
  agent: valueFlag(
    '--agent <NAME>',
    'only clients whose user agent has this prefix, and all of them; * matches any text',
  ),
  endpoint: valueFlag('--endpoint <ENDPOINT>', 'only this endpoint; * matches any text'),
  untested: switchFlag('--untested', 'only hits of untested endpoints'),
  since: valueFlag('--since <TIME>', 'begin with earlier events: 90s, 10m, 2h, or a time', parseTime),
  source: valueFlag('--source <SOURCE>', 'only events of this cluster; * matches any text'),
  output: outputFlag(['text', 'json']),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop tail',
  title: 'print audit events as they are committed, one line each',
  usage: ['snoop tail [options]'],
  about: `
Starts now, or earlier with --since, and runs until Ctrl-C. Omits the requests of the cluster itself (kube-apiserver, controllers, scheduler,
kubelets, probes, kube-system) and of snoop; --all prints them. A line has time (UTC), code, verb, endpoint (or path and
reason), test or client, and the source if there are several. Hits of endpoints of the baseline that no e2e test hits
are marked 'untested until now'. Each stage of a request is an event; all stages but the last are named. On a terminal,
lines are cut to its width; below 120 columns, the verb is omitted and 'untested' is before the endpoint. Waits while
SnoopDB does not answer, then continues without a gap. With --output json, each line is one object.`,
  flags,
  environment: {
    ...databaseEnvironment,
    NO_COLOR: 'no colours',
  },
  examples: `
snoop tail                           # tests and people
snoop tail --all                     # everything
snoop tail --agent live-test         # live tests
snoop tail --agent 'live-test*Pod lifecycle*'   # one live test
snoop tail --since 10m               # the last ten minutes, then what follows
snoop tail --untested                # new endpoints
snoop tail --endpoint 'patch*' --output json | jq .agent`,
  exitCodes:
    '130 ended by Ctrl-C · 0 the reader of its output ended · 2 wrong use · 3 SnoopDB did not answer at the start',
  run,
});

/** The most warnings about user agents that resemble test agents, which any sender can choose. */
const maxWarnings = 20;

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  const { environment, progress, stdout, signal } = context;
  return withDatabase(context, values, { user: 'snoop tail' }, async ({ pool, startedHere, stateFolder }) => {
    if (startedHere) {
      progress.print(`No cluster runs in ${stateFolder}: no events will arrive before 'snoop up'. Ctrl-C ends this.`);
    }
    const [loaded] = await loadNeededReleases(pool, 'baseline');
    if (loaded !== undefined)
      progress.print(`Loaded from this program's data: the baseline ${loaded}, because no release was loaded.`);
    const filter = {
      agent: values.agent === undefined ? undefined : readPattern(values.agent, 'beginning'),
      endpoint: values.endpoint === undefined ? undefined : await chooseEndpoint(pool, values.endpoint),
      source: values.source === undefined ? undefined : readPattern(values.source, 'whole'),
      untestedOnly: values.untested === true,
      // --agent may name a client of the cluster itself.
      all: values.all === true || values.agent !== undefined,
    };
    const sources = new Set(await listKnownClusters(pool));
    const source = filter.source;
    if (source && ![...sources].some(source)) {
      const known = [...sources].join(', ') || 'none';
      progress.print(`No events from '${values.source}' yet; waiting for them. Known sources: ${known}.`);
    }
    const writer = createLineWriter(stdout);
    const warned = new Set<string>();
    const warnIfNearTestAgent = (agent: string): void => {
      const name = agent.split(' -- ', 1)[0] ?? '';
      if (warned.has(name) || warned.size === maxWarnings || !resemblesTestAgent(name)) return;
      warned.add(name);
      progress.print(describeNearAgent(name));
    };
    const paint = createPaint(shouldUseColor(stdout, environment));
    await tailEvents({
      pool,
      filter,
      since: values.since,
      print: progress.print,
      signal,
      show: (events) => {
        for (const { source: from, agent } of events) {
          sources.add(from);
          if (agent !== null) warnIfNearTestAgent(agent);
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

/** null: not a terminal. */
function readWidth(stream: NodeJS.WritableStream): number | null {
  if (!('isTTY' in stream) || stream.isTTY !== true) return null;
  return 'columns' in stream && typeof stream.columns === 'number' && stream.columns > 0 ? stream.columns : null;
}

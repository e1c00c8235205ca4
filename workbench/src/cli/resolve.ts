import type { Context } from '../context.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../command-line/flags.ts';
import { findInputs } from '@snoop/snoopdb';
import { chooseResolver } from '../resolve/choose-resolver.ts';
import { resolveEvents } from '../resolve/resolve-events.ts';
import { expectedLog } from '@snoop/snoopdb';
import { escapeControlCharacters } from '../output/control-characters.ts';

const others = ['cluster', 'kubeconfig', 'context'];

const flags = {
  release: valueFlag('--release <RELEASE>', 'use a release, as loaded, else as it ships with this program').conflicts([
    'openapi',
    'source',
    ...others,
  ]),
  openapi: valueFlag('--openapi <FILE>', 'use an OpenAPI document, a file or URL; needs no database').conflicts([
    'source',
    ...others,
  ]),
  source: valueFlag(
    '--source <SOURCE>',
    "use a cluster's document stored in SnoopDB, by the source of its events",
  ).conflicts(others),
  cluster: switchFlag('--cluster', 'use what the cluster serves now'),
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'use what another cluster serves now'),
  context: valueFlag('--context <NAME>', 'use what the cluster of another context serves now'),
  explain: switchFlag(
    '--explain',
    'add an explanation ("explanation") and, for events without an endpoint, the nearest endpoints ("nearest")',
  ),
  ...databaseFlags,
};

/** Exits with 0 also if the reader of its output ends early, as `head` does. */
export const command = defineCommand({
  name: 'snoop resolve',
  title: 'print the endpoint of each audit event',
  usage: ['snoop resolve [options] [FILE…]'],
  about: `
Reads audit events (files, directories, URLs, gzipped or not; '-' or nothing: standard input) and prints one JSON line
for each:

  {"auditID", "stage", "verb", "requestURI", "endpoint", "reason"}

The endpoint is the operationId of the OpenAPI document, or null with a reason. If Kubernetes or another path of the
document has the same operationId, the endpoint is method and path ("GET /apis/…"). "ambiguous" lists the possible
methods: audit logs show a HEAD as get. Verb and path decide, as in the API server: the path is decoded before it is
split, literal segments go before parameters, the query is ignored.

Accepts JSON lines, EventLists, arrays, pretty-printed documents, and the records of AKS, EKS (CloudWatch, its export to
S3, Firehose), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector and filebeat. Parts of an event are joined.
Lines that are not events are counted on stderr, with the shapes of the others. Entries of GKE's Cloud Logging are
rejected, because they have no request URI.

The endpoints are those of the local control plane, with custom resources and aggregated APIs; if none runs, those of
the baseline in use.`,
  flags,
  words: '[file...]',
  sections: [
    {
      title: 'Reasons',
      items: {
        'malformed request': 'the event has no requestURI, or one that is not a path or too long',
        'no document': 'neither an OpenAPI document of the cluster nor a baseline is loaded',
        'non-resource path': 'the path is outside /api and /apis and not in the document, such as /healthz',
        'not in this release': 'the path is below /api or /apis and not in the document',
        'method not served': 'the document has the path, but not with this method',
        undecidable: 'the document has the path, but the verb does not tell the HTTP method',
      },
    },
  ],
  environment: {
    ...databaseEnvironment,
    KUBECONFIG: 'for --context without --kubeconfig',
  },
  examples: `
snoop resolve audit.log | jq -r .endpoint | sort | uniq -c
kubectl get --raw /openapi/v2 > openapi.json
snoop resolve --openapi openapi.json audit.log.gz
snoop resolve --release 1.35 --explain audit.log \\
  | jq 'select(.endpoint == null)'`,
  exitCodes:
    '0 all events have a line · 2 wrong use · 3 an input cannot be read or has no event, or the endpoints are not available',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const { release, openapi, source, kubeconfig, explain } = values;
  const cluster = values.cluster || kubeconfig !== undefined || values.context !== undefined;
  const { cwd, progress, signal, stdout } = context;
  const inputs = [];
  const given = Object.entries({ release, openapi, source, kubeconfig }).find(([, value]) => value !== undefined);
  const choice = given === undefined ? (cluster ? ['--cluster'] : []) : [`--${given[0]}`, String(given[1])];
  const pipedTo = ['snoop resolve', ...choice, '-'].join(' ');
  for (const what of positionals.length > 0 ? positionals : ['-']) {
    inputs.push(...(await findInputs(what, { cwd, stdin: process.stdin, pipedTo })));
  }
  const chosen = await chooseResolver(
    { release, openapi, source, cluster, kubeconfig, context: values.context },
    { ...context, flags: values },
  );
  progress.print(`endpoints of ${chosen.name}`);
  const resolved = await resolveEvents(inputs, chosen.resolver, { explain, stdout, signal });
  if (resolved === null) return 0;
  for (const line of resolved.summary) progress.print(line);
  if (resolved.withoutEvent.length === 0) return 0;
  for (const { name, reason } of resolved.withoutEvent) {
    progress.print(`${escapeControlCharacters(name)} has no audit event: ${escapeControlCharacters(reason)}.`);
  }
  progress.print(expectedLog);
  return 3;
}

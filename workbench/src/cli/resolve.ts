import type { Context } from '../context.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../command-line/flags.ts';
import { findInputs } from '@snoop/snoopdb';
import { chooseResolver } from '../resolve/choose-resolver.ts';
import { resolveEvents } from '../resolve/resolve-events.ts';
import { expectedLog } from '@snoop/snoopdb';
import { escapeControlCharacters } from '../output/control-characters.ts';

const others = ['cluster', 'kubeconfig', 'context'];

const flags = {
  release: valueFlag(
    '--release <RELEASE>',
    'those of a release: as it was loaded, else as it ships with this program',
  ).conflicts(['openapi', 'source', ...others]),
  openapi: valueFlag(
    '--openapi <FILE>',
    'those of an OpenAPI document: a file or URL; no database is needed',
  ).conflicts(['source', ...others]),
  source: valueFlag(
    '--source <SOURCE>',
    'those of a cluster whose document SnoopDB has, by the name its events come under',
  ).conflicts(others),
  cluster: switchFlag('--cluster', 'those that the cluster serves at this moment'),
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'the same, of another cluster than the local one'),
  context: valueFlag('--context <NAME>', 'the same, of another context'),
  explain: switchFlag(
    '--explain',
    'add how it was decided ("explanation") and, where there is none, the nearest endpoints ("nearest")',
  ),
  ...databaseFlags,
};

/** `snoop resolve`: prints a line for each event; 0 also when a reader (`head`) has had enough. */
export const command = defineCommand({
  name: 'snoop resolve',
  title: 'which endpoint does each audit event mean',
  usage: ['snoop resolve [options] [FILE…]'],
  about: `
Reads audit events (files, directories, URLs, gzipped or not; '-' or nothing: standard input) and prints one JSON line
for each:

  {"auditID", "stage", "verb", "requestURI", "endpoint", "reason"}

The endpoint is the operationId of the OpenAPI document, or null with a reason; where an endpoint of Kubernetes or
another one of the document has the same operationId, method and path ("GET /apis/…"). "ambiguous" says what an event
leaves open: the audit log shows a HEAD as get. Verb and path decide, as in the API server: the path is decoded before
it is split, a literal segment goes before a parameter, the query takes no part.

How events are wrapped is found out: JSON lines, EventLists, arrays, pretty-printed documents, and the records of AKS,
EKS (CloudWatch, its export to S3, Firehose), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector and filebeat.
Parts of an event are put together. stderr says which shapes there were, how many events of each, and what held no
event: that has no line. Entries of GKE's Cloud Logging are refused, since they have no request URI.

Whose endpoints: those of the local control plane, custom resources and aggregated APIs included; when none runs, those
of the baseline in use.`,
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
    DATABASE_URL: 'the SnoopDB to ask when no local control plane runs',
    KUBECONFIG: 'for --context without --kubeconfig',
  },
  examples: `
snoop resolve audit.log | jq -r .endpoint | sort | uniq -c
kubectl get --raw /openapi/v2 > openapi.json
snoop resolve --openapi openapi.json audit.log.gz
snoop resolve --release 1.35 --explain audit.log \\
  | jq 'select(.endpoint == null)'`,
  exitCodes:
    '0 every event has its line · 2 wrong use · 3 the events cannot be read, an input holds no event, or nobody knows the endpoints',
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
    progress.print(`${escapeControlCharacters(name)} holds no audit event: ${escapeControlCharacters(reason)}.`);
  }
  progress.print(expectedLog);
  return 3;
}

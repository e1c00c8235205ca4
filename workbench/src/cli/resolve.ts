import { databaseOptions, parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';

export const help = `snoop resolve: which endpoint does each audit event mean

Usage: snoop resolve [options] [FILE…]

Reads audit events (files, directories, URLs, gzipped or not; '-' or nothing: standard input) and prints one JSON line
for each:

  {"auditID", "stage", "verb", "requestURI", "endpoint", "reason"}

The endpoint is the operationId of the OpenAPI document, or null with a reason; where an endpoint of Kubernetes or another
one of the document has the same operationId, method and path ("GET /apis/…"). "ambiguous" says what an event leaves
open: the audit log shows a HEAD as get. Verb and path decide, as in the API server: the path is decoded before it is
split, a literal segment goes before a parameter, the query takes no part.

How events are wrapped is found out: JSON lines, EventLists, arrays, pretty-printed documents, and the records of AKS, EKS
(CloudWatch, its export to S3, Firehose), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector and filebeat. Parts of
an event are put together. stderr says which shapes there were, how many events of each, and what held no event: that has
no line. Entries of GKE's Cloud Logging are refused, since they have no request URI.

Whose endpoints: those of the local control plane, custom resources and aggregated APIs included; when none runs, those
of the baseline in use.

Options:
      --release RELEASE     those of a release: as it was loaded, else as it ships with this program
      --openapi FILE        those of an OpenAPI document: a file or URL; no database is needed
      --source SOURCE       those of a cluster whose document SnoopDB has, by the name its events come under
      --cluster             those that the cluster serves at this moment; also with
      --kubeconfig FILE       … of another cluster than the local one
      --context NAME          … of another context
      --explain             add how it was decided ("explanation") and, where there is none, the nearest endpoints
                            ("nearest")
      --database-url URL    another SnoopDB than the state folder's
      --state DIR           the state folder

Reasons:
  malformed request     the event has no requestURI, or one that is no path, or too long
  no document           no OpenAPI document of the cluster and no baseline is loaded
  non-resource path     a path outside /api and /apis that the document does not have, such as /healthz
  not in this release   a path below /api or /apis that the document does not have
  method not served     the document has the path, but not with this method
  undecidable           the document has the path, but the verb does not tell the HTTP method

Environment:
  SNOOP_STATE     as --state
  DATABASE_URL    the SnoopDB to ask when no local control plane runs
  KUBECONFIG      for --context without --kubeconfig

Examples:
  snoop resolve audit.log | jq -r .endpoint | sort | uniq -c
  kubectl get --raw /openapi/v2 > openapi.json && snoop resolve --openapi openapi.json audit.log.gz
  snoop resolve --release 1.35 --explain audit.log | jq 'select(.endpoint == null)'

Exit codes: 0 every event has its line · 2 wrong use · 3 the events cannot be read, an input holds no event, or nobody
knows the endpoints
`;

/** Prints a line for each event; 0 also when a reader (`head`) has had enough. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const options = {
    release: { type: 'string' },
    openapi: { type: 'string' },
    source: { type: 'string' },
    cluster: { type: 'boolean' },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    explain: { type: 'boolean' },
    ...databaseOptions,
  } as const;
  const { values, positionals } = parseFlags('resolve', args, options, true);
  const { release, openapi, source, kubeconfig, explain = false } = values;
  const cluster = values.cluster === true || kubeconfig !== undefined || values.context !== undefined;
  const ways = [
    ...(release === undefined ? [] : ['--release']),
    ...(openapi === undefined ? [] : ['--openapi']),
    ...(source === undefined ? [] : ['--source']),
    ...(cluster ? ['--cluster'] : []),
  ];
  if (ways.length > 1) {
    throw wrongUse(`${ways.join(' and ')} name different endpoints.`, 'Give one of them.');
  }
  const { findInputs } = await import('@snoop/snoopdb');
  const { cwd, progress, signal, stdout } = context;
  const inputs = [];
  const [way] = ways;
  const named = openapi ?? release ?? source ?? kubeconfig;
  const pipedTo = ['snoop resolve', ...(way === undefined ? [] : [way]), ...(named === undefined ? [] : [named]), '-'];
  for (const what of positionals.length > 0 ? positionals : ['-']) {
    inputs.push(...(await findInputs(what, { cwd, stdin: process.stdin, pipedTo: pipedTo.join(' ') })));
  }
  const { chooseResolver } = await import('../resolve/choose-resolver.ts');
  const chosen = await chooseResolver(
    { release, openapi, source, cluster, kubeconfig, context: values.context },
    { ...context, flags: values },
  );
  progress.say(`endpoints of ${chosen.name}`);
  const { resolveEvents } = await import('../resolve/resolve-events.ts');
  const resolved = await resolveEvents(inputs, chosen.resolver, { explain, stdout, signal });
  if (resolved === null) return 0;
  for (const line of resolved.summary) progress.say(line);
  if (resolved.withoutEvent.length === 0) return 0;
  const { expectedLog } = await import('@snoop/snoopdb');
  const { disarm } = await import('../output/disarm.ts');
  for (const { name, reason } of resolved.withoutEvent) {
    progress.say(`${disarm(name)} holds no audit event: ${disarm(reason)}.`);
  }
  progress.say(expectedLog);
  return 3;
}

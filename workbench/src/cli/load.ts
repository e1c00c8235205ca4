import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { loadKinds } from '../load/request.ts';
import type { LoadKind, LoadRequest } from '../load/request.ts';

export const help = `snoop load: put published data and audit logs into SnoopDB

Usage: snoop load <what> <file|directory|url|-> ... [options]

What:
  openapi       swagger.json of a release, plain or .gz; --cluster asks a cluster for its own document
  audit         audit events, plain or .gz; a directory of them. How they are wrapped is found out: JSON lines,
                EventLists, arrays, pretty-printed documents, and the records of AKS, EKS (CloudWatch, its export to
                S3, Firehose), CRI, Docker, syslog, oc adm node-logs, fluent-bit, vector, filebeat. Parts of an event
                are put together. A .gz that is cut off is read as far as it goes, and the summary says so. Entries
                of GKE's Cloud Logging are refused: they have no request URI
  coverage      a published coverage JSON of a release; it counts failed requests as hits, and audit does not
  conformance   conformance.yaml of kubernetes/kubernetes
  ineligible    ineligible_endpoints, YAML or JSON
  pending       pending_eligible_endpoints, YAML or JSON
  releases      releases.yaml
  baseline      a release whose data ships with this program: snoop load baseline 1.35; --url: data from elsewhere

A load is whole or it did not happen: Ctrl-C and errors leave nothing half in the database. Of several files, those before
the one that failed stay loaded. The summary is printed on stdout.

The summary says in which shapes the events of an audit log came, and how many in each. Lines of it that are no events
are put aside: all are counted, and the first 10,000 of a file, or 16 MiB of
them, are kept in public.rejected_event. The summary says when that is a sample.

Options:
      --release X.Y.Z       the release it belongs to; else the name of the file or URL says it (openapi, audit), the
                            document (coverage), or it is the baseline in use (conformance, ineligible, pending)
      --source NAME         audit: where the events come from, for example the URL of the CI job; else the file's name.
                            openapi --cluster: the cluster's name as a source of events; else the local one's
      --cluster             openapi: fetch the document of a cluster; it is kept by source and is never a release
      --kubeconfig FILE     the cluster to ask; else the local control plane
      --context NAME        the context of the kubeconfig
      --url URL             baseline: a URL or file with the data of a release
      --use                 baseline, coverage, audit: make its release the baseline in use
      --output FORMAT       text (default), json
      --database-url URL    another SnoopDB than the state folder's
      --state DIR           the state folder

Environment:
  SNOOP_STATE     as --state
  DATABASE_URL    the SnoopDB to load into when no local control plane runs
  KUBECONFIG      read only when --context names one of its contexts
  CI              no moving progress

Examples:
  snoop load openapi swagger-1.36.json.gz
  snoop load openapi https://raw.githubusercontent.com/kubernetes/kubernetes/v1.36.0/api/openapi-spec/swagger.json
  snoop load audit audit.log.gz --release 1.36 --source https://prow.k8s.io/view/gs/a/b/c/d
  kubectl get --raw /openapi/v2 | snoop load openapi - --release 1.36
  snoop load ineligible ineligible_endpoints.yaml --release 1.30
  snoop load baseline 1.35 --use

Exit codes: 0 loaded · 2 wrong use · 3 could not be loaded, or held no audit event · 130 interrupted
`;

const options = {
  release: { type: 'string' },
  source: { type: 'string' },
  cluster: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  url: { type: 'string' },
  use: { type: 'boolean' },
  output: { type: 'string' },
  'database-url': { type: 'string' },
  state: { type: 'string' },
} as const;

/** The flags that only some kinds take. */
const onlyFor: Readonly<Record<string, readonly LoadKind[]>> = {
  release: ['openapi', 'audit', 'coverage', 'conformance', 'ineligible', 'pending', 'baseline'],
  source: ['audit', 'openapi'],
  cluster: ['openapi'],
  kubeconfig: ['openapi'],
  context: ['openapi'],
  url: ['baseline'],
  use: ['baseline', 'coverage', 'audit'],
};

/** Loads one kind of data from whatever is named. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values: flags, positionals } = parseFlags('load', args, options, true);
  const [what, ...names] = positionals;
  const request: LoadRequest = { kind: await findKind(what), names, flags };
  refuseWrongFlags(request);
  const { parseFormat } = await import('../output/format.ts');
  const format = parseFormat(flags.output, ['text', 'json']);
  const { performLoad } = await import('../load/perform-load.ts');
  const summary = await performLoad(request, context);
  const { printSummary } = await import('./load/print-summary.ts');
  printSummary(context.stdout, summary, format);
  const useless = summary.loads.filter(({ what, read, stored, skipped, incomplete }) => {
    return what === 'audit' && stored === 0 && skipped === 0 && (read > 0 || incomplete !== null);
  });
  if (useless.length > 0) {
    const { expectedLog } = await import('@snoop/snoopdb');
    for (const { name, read } of useless) {
      const why = read > 0 ? 'everything in it was put aside' : 'it is cut off before the first one';
      context.progress.say(`${name} holds no audit event: ${why}.`);
    }
    context.progress.say(expectedLog);
  }
  return useless.length > 0 ? 3 : 0;
}

async function findKind(what: string | undefined): Promise<LoadKind> {
  const found = loadKinds.find((kind) => kind === what);
  if (found) return found;
  const all = `There are: ${loadKinds.join(', ')}.`;
  if (what === undefined)
    throw wrongUse('Say what to load.', all, 'For example: snoop load openapi swagger-1.36.json.gz');
  const { findNearest } = await import('../nearest.ts');
  const [nearest] = findNearest(what, loadKinds, 1);
  throw wrongUse(`snoop load knows no '${what}'.`, nearest === undefined ? all : `Did you mean '${nearest}'? ${all}`);
}

function refuseWrongFlags({ kind, names, flags }: LoadRequest): void {
  for (const flag of Object.keys(flags)) {
    const takers = onlyFor[flag];
    if (takers && !takers.includes(kind)) {
      throw wrongUse(`snoop load ${kind} takes no --${flag}.`, `It belongs to: ${takers.join(', ')}.`);
    }
  }
  const fromElsewhere = flags.cluster === true || flags.url !== undefined;
  if (fromElsewhere && names.length > 0) {
    const flag = flags.cluster ? '--cluster' : '--url';
    throw wrongUse(`snoop load ${kind} takes '${names[0]}' or ${flag}, not both.`, `snoop load ${kind} --help`);
  }
  if (!fromElsewhere && names.length === 0) {
    const wanted = kind === 'baseline' ? 'a release, or --url' : 'a file, a directory, a URL, or - for standard input';
    throw wrongUse(`snoop load ${kind} wants ${wanted}.`, `snoop load --help`);
  }
  for (const flag of ['kubeconfig', 'context'] as const) {
    if (flags[flag] !== undefined && !flags.cluster) {
      throw wrongUse(`--${flag} names the cluster of --cluster, which is not there.`, 'snoop load openapi --cluster');
    }
  }
  if (flags.source !== undefined && kind === 'openapi' && !flags.cluster) {
    throw wrongUse('The document of a release has no --source.', 'snoop load openapi --cluster --source NAME');
  }
  if (kind === 'baseline' && flags.release !== undefined && flags.url === undefined) {
    throw wrongUse('A baseline that ships is named without --release.', `snoop load baseline ${flags.release}`);
  }
}

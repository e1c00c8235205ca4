import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { loadKinds } from '../load/request.ts';
import type { LoadKind, LoadRequest } from '../load/request.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { clusterFlags, databaseFlags, outputFlag } from '../command-line/flags.ts';
import { performLoad } from '../load/perform-load.ts';
import { printSummary } from './load/print-summary.ts';
import { expectedLog } from '@snoop/snoopdb';
import { didYouMean } from '@snoop/snoopdb/command-line';

const flags = {
  release: valueFlag(
    '--release <X.Y.Z>',
    'the release it belongs to; else the name of the file or URL says it (openapi, audit), the document (coverage), or it ' +
      'is the baseline in use (conformance, ineligible, pending)',
  ),
  source: valueFlag(
    '--source <NAME>',
    "audit: where the events come from, for example the URL of the CI job; else the file's name. openapi --cluster: the " +
      "cluster's name as a source of events; else the local one's",
  ),
  cluster: switchFlag(
    '--cluster',
    'openapi: fetch the document of a cluster; it is kept by source and is never a release',
  ),
  ...clusterFlags,
  url: valueFlag('--url <URL>', 'baseline: a URL or file with the data of a release'),
  use: switchFlag('--use', 'baseline, coverage, audit: make its release the baseline in use'),
  output: outputFlag(['text', 'json']),
  ...databaseFlags,
};

/** `snoop load`: loads one kind of data from whatever is named. */
export const command = defineCommand({
  name: 'snoop load',
  title: 'put published data and audit logs into SnoopDB',
  usage: ['snoop load <what> <file|directory|url|-> ... [options]'],
  about: `
A load is whole or it did not happen: Ctrl-C and errors leave nothing half in the database. Of several files, those
before the one that failed stay loaded. The summary is printed on stdout.

The summary says in which shapes the events of an audit log came, and how many in each. Lines of it that are no events
are put aside: all are counted, and the first 10,000 of a file, or 16 MiB of them, are kept in public.rejected_event.
The summary says when that is a sample.`,
  flags,
  words: '[what] [name...]',
  sections: [
    {
      title: 'What',
      items: {
        openapi: 'swagger.json of a release, plain or .gz; --cluster asks a cluster for its own document',
        audit:
          'audit events, plain or .gz; a directory of them. How they are wrapped is found out: JSON lines, EventLists, ' +
          'arrays, pretty-printed documents, and the records of AKS, EKS (CloudWatch, its export to S3, Firehose), CRI, ' +
          'Docker, syslog, oc adm node-logs, fluent-bit, vector, filebeat. Parts of an event are put together. ' +
          'A .gz that is cut off is read as far as it goes, and the summary says so. Entries ' +
          "of GKE's Cloud Logging are refused: they have no request URI",
        coverage: 'a published coverage JSON of a release; it counts failed requests as hits, and audit does not',
        conformance: 'conformance.yaml of kubernetes/kubernetes',
        ineligible: 'ineligible_endpoints, YAML or JSON',
        pending: 'pending_eligible_endpoints, YAML or JSON',
        releases: 'releases.yaml',
        baseline: 'a release whose data ships with this program: snoop load baseline 1.35; --url: data from elsewhere',
      } satisfies Record<LoadKind, string>,
    },
  ],
  environment: {
    DATABASE_URL: 'the SnoopDB to load into when no local control plane runs',
    KUBECONFIG: 'read only when --context names one of its contexts',
    CI: 'no moving progress',
  },
  examples: `
snoop load openapi swagger-1.36.json.gz
snoop load audit audit.log.gz --release 1.36 \\
  --source https://prow.k8s.io/view/gs/a/b/c/d
kubectl get --raw /openapi/v2 | snoop load openapi - --release 1.36
snoop load ineligible ineligible_endpoints.yaml --release 1.30
snoop load baseline 1.35 --use`,
  exitCodes: '0 loaded · 2 wrong use · 3 could not be loaded, or held no audit event · 130 interrupted',
  run,
});

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

async function run(
  { flags: values, named, words: positionals }: Given<typeof flags>,
  context: Context,
): Promise<number> {
  const [what, ...names] = positionals;
  const request: LoadRequest = { kind: findKind(what), names, flags: values };
  refuseWrongFlags(request, named);
  const format = values.output;
  const summary = await performLoad(request, context);
  printSummary(context.stdout, summary, format);
  const useless = summary.loads.filter(({ what, read, stored, skipped, incomplete }) => {
    return what === 'audit' && stored === 0 && skipped === 0 && (read > 0 || incomplete !== null);
  });
  if (useless.length > 0) {
    for (const { name, read } of useless) {
      const why = read > 0 ? 'everything in it was put aside' : 'it is cut off before the first one';
      context.progress.print(`${name} holds no audit event: ${why}.`);
    }
    context.progress.print(expectedLog);
  }
  return useless.length > 0 ? 3 : 0;
}

function findKind(what: string | undefined): LoadKind {
  const found = loadKinds.find((kind) => kind === what);
  if (found) return found;
  const all = `There are: ${loadKinds.join(', ')}.`;
  if (what === undefined)
    throw wrongUse('Say what to load.', all, 'For example: snoop load openapi swagger-1.36.json.gz');
  throw wrongUse(`snoop load knows no '${what}'.`, didYouMean(what, loadKinds), all);
}

function refuseWrongFlags({ kind, names, flags }: LoadRequest, named: readonly string[]): void {
  for (const flag of named) {
    const takers = onlyFor[flag];
    if (takers && !takers.includes(kind)) {
      throw wrongUse(`snoop load ${kind} takes no --${flag}.`, `It belongs to: ${takers.join(', ')}.`);
    }
  }
  const fromElsewhere = flags.cluster || flags.url !== undefined;
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

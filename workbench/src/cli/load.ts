import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { loadKinds } from '../load/request.ts';
import type { LoadKind, LoadRequest } from '../load/request.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { clusterFlags, databaseEnvironment, databaseFlags, outputFlag } from '../command-line/flags.ts';
import { performLoad } from '../load/perform-load.ts';
import { printSummary } from './load/print-summary.ts';
import { expectedLog } from '@snoop/snoopdb';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';

const flags = {
  release: valueFlag(
    '--release <X.Y.Z>',
    'the release of the data; else from the name of the file or URL (openapi, audit), from the user agents (audit), ' +
      'from the document (coverage), or the baseline in use (conformance, ineligible, pending)',
  ),
  source: valueFlag(
    '--source <NAME>',
    'audit: the source of the events, such as the URL of the CI job; else the name of the file, directory or archive, ' +
      'or that of the run in run.json. openapi --cluster: the ' +
      "cluster's source; else the local one's",
  ),
  cluster: switchFlag(
    '--cluster',
    'openapi: fetch the document of a cluster; it is stored under its source, not as a release',
  ),
  ...clusterFlags,
  url: valueFlag('--url <URL>', 'baseline: a URL or file with the data of a release'),
  partial: switchFlag('--partial', 'audit: load an incomplete audit run; the coverage is then marked as incomplete'),
  use: switchFlag('--use', 'baseline, coverage, audit: make its release the baseline in use'),
  output: outputFlag(['text', 'json']),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop load',
  title: 'load published data and audit logs into SnoopDB',
  usage: ['snoop load <what> <file|directory|url|-> ... [options]'],
  about: `
Loads each file completely or not at all, also after Ctrl-C and errors. If one of several files fails, those before it
stay loaded. Prints a summary on stdout.

For an audit log, the summary counts the shapes of its events. Lines that are not events are rejected: all are counted,
and the first 10,000 of a file, at most 16 MiB, are stored in public.rejected_event. The summary says if others were
not. A rotated log and the logs of several API servers may be loaded together: name their directory or archive. An
archive (.tar, .tar.gz, .tgz; recognized by content) is read once and never unpacked to disk. Refused are more than
64 GiB unpacked, 100,000 files in a directory, 10,000 logs in an archive, an archive in an archive, and a log with more
than a million lines that are not events and few that are.`,
  flags,
  words: '[what] [file...]',
  firstWord: loadKinds,
  sections: [
    {
      title: 'What',
      items: {
        openapi: 'swagger.json of a release, plain or .gz; with --cluster, the document of a cluster',
        audit:
          'audit events, plain or .gz, or a directory of them: JSON lines, EventLists, arrays, pretty-printed documents, ' +
          'and the records of AKS, EKS (CloudWatch, its export to S3, Firehose), CRI, Docker, syslog, oc adm node-logs, ' +
          'fluent-bit, vector, filebeat. Parts of an event are joined. A truncated .gz is read up to the cut. Entries of ' +
          "GKE's Cloud Logging are rejected, because they have no request URI. Of a directory or tar archive, the files " +
          'that are named like audit logs (audit*.log*, kube-apiserver-audit*.log*, audit*.jsonl*, rotated or packed) are ' +
          "read as one source; a directory without such names is read whole. Of a folder of 'snoop audit-run', its events",
        coverage: 'a published coverage JSON of a release; unlike audit, it counts failed requests as hits',
        conformance: 'conformance.yaml of kubernetes/kubernetes',
        ineligible: 'ineligible_endpoints, YAML or JSON',
        pending: 'pending_eligible_endpoints, YAML or JSON',
        releases: 'releases.yaml',
        baseline: 'a release whose data ships with this program: snoop load baseline 1.35; --url: data from elsewhere',
      } satisfies Record<LoadKind, string>,
    },
  ],
  environment: {
    ...databaseEnvironment,
    KUBECONFIG: 'read only when --context names one of its contexts',
    CI: 'no moving progress',
  },
  examples: `
snoop load openapi swagger-1.36.json.gz
snoop load audit audit.log.gz --release 1.36 \\
  --source https://prow.k8s.io/view/gs/a/b/c/d
snoop load audit https://ci.example/artifacts/logs.tar.gz
snoop load audit artifacts/ ./my-audit-run
kubectl get --raw /openapi/v2 | snoop load openapi - --release 1.36
snoop load ineligible ineligible_endpoints.yaml --release 1.30
snoop load baseline 1.35 --use`,
  exitCodes: '0 loaded · 2 wrong use · 3 could not be loaded, or has no audit event · 130 interrupted',
  run,
});

/** The kinds that accept a flag. */
const flagKinds: Readonly<Record<string, readonly LoadKind[]>> = {
  release: ['openapi', 'audit', 'coverage', 'conformance', 'ineligible', 'pending', 'baseline'],
  source: ['audit', 'openapi'],
  cluster: ['openapi'],
  kubeconfig: ['openapi'],
  context: ['openapi'],
  url: ['baseline'],
  partial: ['audit'],
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
  const withoutEvent = summary.loads.filter(({ what, read, stored, skipped, incomplete }) => {
    return what === 'audit' && stored === 0 && skipped === 0 && (read > 0 || incomplete !== null);
  });
  if (withoutEvent.length === 0) return 0;
  for (const { name, read } of withoutEvent) {
    const why = read > 0 ? 'all its lines were rejected' : 'it is truncated before the first one';
    context.progress.print(`${name} has no audit event: ${why}.`);
  }
  context.progress.print(expectedLog);
  return 3;
}

function findKind(what: string | undefined): LoadKind {
  const found = loadKinds.find((kind) => kind === what);
  if (found) return found;
  const all = `One of: ${loadKinds.join(', ')}.`;
  if (what === undefined)
    throw wrongUse('What to load is missing.', all, 'For example: snoop load openapi swagger-1.36.json.gz');
  throw wrongUse(`snoop load takes no '${what}'.`, didYouMean(findNearest(what, loadKinds, 1)), all);
}

function refuseWrongFlags({ kind, names, flags }: LoadRequest, named: readonly string[]): void {
  for (const flag of named) {
    const kinds = flagKinds[flag];
    if (kinds && !kinds.includes(kind)) {
      throw wrongUse(`snoop load ${kind} takes no --${flag}.`, `Only with: ${kinds.join(', ')}.`);
    }
  }
  const fromElsewhere = flags.cluster || flags.url !== undefined;
  if (fromElsewhere && names.length > 0) {
    const flag = flags.cluster ? '--cluster' : '--url';
    throw wrongUse(`snoop load ${kind} takes '${names[0]}' or ${flag}, not both.`, `snoop load ${kind} --help`);
  }
  if (!fromElsewhere && names.length === 0) {
    const wanted = kind === 'baseline' ? 'a release, or --url' : 'a file, a directory, a URL, or - for standard input';
    throw wrongUse(`snoop load ${kind} needs ${wanted}.`, `snoop load --help`);
  }
  for (const flag of ['kubeconfig', 'context'] as const) {
    if (flags[flag] !== undefined && !flags.cluster) {
      throw wrongUse(`--${flag} needs --cluster.`, 'snoop load openapi --cluster');
    }
  }
  if (flags.source !== undefined && kind === 'openapi' && !flags.cluster) {
    throw wrongUse('openapi takes --source only with --cluster.', 'snoop load openapi --cluster --source NAME');
  }
  if (kind === 'baseline' && flags.release !== undefined && flags.url === undefined) {
    throw wrongUse('baseline takes --release only with --url.', `snoop load baseline ${flags.release}`);
  }
}

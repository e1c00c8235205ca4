import { compareReleases, isSameMinor, type ShippedEndpoint } from '@snoop/snoopdb';
import type { Report } from '../../lint/finding.ts';
import type { TicketRun } from '../claims.ts';
import { findContradictions } from '../contradictions.ts';
import { isTicketQuery } from '../query.ts';
import { version } from '../../version.ts';
import type { WrittenTicket } from './linted-ticket.ts';

/** What is known without a database. */
export interface ReleaseData {
  /** Published releases and the one in development, oldest first. */
  readonly releases: readonly string[];
  /** The endpoints of a release; null: its data does not ship. */
  readEndpoints(release: string): Promise<ReadonlyMap<string, ShippedEndpoint> | null>;
}

/** Checks what evidence with a fitting digest may still have wrong. */
export async function checkEvidenceContent(
  { evidence, claims }: WrittenTicket,
  line: number,
  data: ReleaseData,
  report: Report,
): Promise<void> {
  const fail = (rule: string, message: string): void => report('error', rule, line, message);
  const releases = [evidence.query.release, ...evidence.runs.map(({ baseline }) => baseline.release)];
  for (const release of new Set(releases)) checkRelease(release, data, fail);
  for (const { run } of evidence.runs) {
    if (run.cluster_version !== null) checkRelease(run.cluster_version, data, fail);
  }
  if (!isTicketQuery(evidence.query)) {
    // Another version may make another one.
    const severity = evidence.snoop_version === version ? 'error' : 'warning';
    const message = 'The query of the evidence is not one that snoop makes. Read it before you run it.';
    report(severity, 'changed-query', line, message);
  }
  for (const run of claims.runs) checkRun(run, fail);
  checkSameSources(claims.runs, fail);
  for (const release of new Set(releases)) await checkCounted({ evidence, claims }, release, data, fail);
}

type Fail = (rule: string, message: string) => void;

function checkRelease(release: string, { releases }: ReleaseData, fail: Fail): void {
  if (releases.some((known) => isSameMinor(known, release))) return;
  const [first, last] = [...releases].sort(compareReleases).filter((_, at, all) => at === 0 || at === all.length - 1);
  fail('unknown-release', `Kubernetes ${release.slice(0, 60)} is not a release; this snoop knows ${first} to ${last}.`);
}

function checkRun({ document, coverage }: TicketRun, fail: Fail): void {
  const { id } = document.run;
  for (const message of findContradictions(document)) fail('contradiction', message);
  if (document.bodies !== undefined) {
    fail('bodies', `The run ${id} holds the bodies of its requests, which may be secret. Write the ticket again.`);
  }
  for (const event of document.evidence) {
    if (!event.is_hit) continue;
    const endpoint = event.endpoint ?? event.audit_id;
    if (event.is_dry_run) fail('dry-run', `The run ${id} counts a dry run of ${endpoint} as a hit.`);
    else if (event.code === null || !((event.code >= 200 && event.code < 300) || event.code === 101)) {
      fail('failed-call', `The run ${id} counts a request of ${endpoint} that answered ${event.code} as a hit.`);
    }
  }
  const listed = new Map<string, number>();
  for (const { endpoint, sent_by: sentBy, hit_by_new_test: hits } of document.endpoints) {
    if (sentBy === 'test') listed.set(endpoint, (listed.get(endpoint) ?? 0) + hits);
  }
  const proven = new Map(coverage.endpoints.map(({ endpoint, hits }) => [endpoint, hits]));
  for (const [endpoint, hits] of listed) {
    const shown = proven.get(endpoint) ?? 0;
    if (hits !== shown)
      fail('not-hit', `The run ${id} lists ${hits} hits of ${endpoint}, and its events show ${shown}.`);
  }
}

/** Results of a run are older than the test's source if a later run of the same file had another one. */
function checkSameSources(runs: readonly TicketRun[], fail: Fail): void {
  const newest = new Map<string, { id: string; content: string }>();
  for (const { document } of runs.toSorted((a, b) =>
    a.document.run.started_at < b.document.run.started_at ? 1 : -1,
  )) {
    for (const { file, content } of document.files) {
      if (content === null) continue;
      const later = newest.get(file);
      if (later === undefined) newest.set(file, { id: document.run.id, content });
      else if (later.content !== content) {
        fail(
          'stale-result',
          `The run ${document.run.id} is of an older ${file} than the run ${later.id}. Run the tests again.`,
        );
      }
    }
  }
}

/** Compares the sources that ran with the files of today. */
export function checkSavedSources(
  { evidence }: WrittenTicket,
  readSource: (file: string) => string | null,
  report: Report,
): void {
  for (const { file, content } of evidence.runs.flatMap(({ files }) => files)) {
    const now = content === null ? null : readSource(file);
    if (now === null || now === content) continue;
    report(
      'warning',
      'stale-result',
      null,
      `${file} was changed after the run. Run it again, then 'snoop ticket --update'.`,
    );
  }
}

/** Compares the counted endpoints with the shipped data of a release. */
async function checkCounted(
  { evidence, claims }: Pick<WrittenTicket, 'evidence' | 'claims'>,
  release: string,
  data: ReleaseData,
  fail: Fail,
): Promise<void> {
  const shipped = await data.readEndpoints(release);
  if (!shipped || !evidence.runs.some(({ baseline }) => baseline.release === release)) return;
  const listed = evidence.query.release === release ? evidence.query.rows : [];
  for (const { endpoint } of listed) {
    const found = shipped.get(endpoint);
    if (!found) fail('unknown-endpoint', `Kubernetes ${release} has no endpoint ${endpoint}. The query lists it.`);
    else if (found.confTested) {
      const message = `A conformance test of Kubernetes ${release} hits ${endpoint} already. The query lists it.`;
      fail('covered-endpoint', message);
    }
  }
  for (const { endpoint } of claims.counted) {
    const fault = describeEndpointFault(endpoint, shipped, release);
    if (fault) fail(fault.rule, `${fault.message} The evidence counts it.`);
  }
}

/** Why an endpoint does not count in a release; null: it may. */
export function describeEndpointFault(
  endpoint: string,
  shipped: ReadonlyMap<string, ShippedEndpoint>,
  release: string,
): { readonly rule: string; readonly message: string } | null {
  const found = shipped.get(endpoint);
  const of = `Kubernetes ${release}`;
  if (!found) return { rule: 'unknown-endpoint', message: `${of} has no endpoint ${endpoint}.` };
  if (found.deprecated) return { rule: 'deprecated-endpoint', message: `${endpoint} is deprecated in ${of}.` };
  if (found.level !== 'stable') {
    return { rule: 'ineligible-endpoint', message: `${endpoint} is ${found.level} in ${of}, so it is not eligible.` };
  }
  if (found.ineligible) {
    return {
      rule: 'ineligible-endpoint',
      message: `${endpoint} is not eligible in ${of}: ${found.ineligible.reason}.`,
    };
  }
  if (found.confTested)
    return { rule: 'covered-endpoint', message: `A conformance test of ${of} hits ${endpoint} already.` };
  return null;
}

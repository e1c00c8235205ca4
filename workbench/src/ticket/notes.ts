import { count, shorten } from './blocks.ts';
import type { TicketClaims, TicketRun } from './claims.ts';

/** What a reader has to know before the rest, as sentences: why N is not certain, and what is wrong with the runs. */
export function listNotes({ runs, doubts }: TicketClaims): string[] {
  return [
    ...doubts.map((why) => `The number of endpoints is not certain, because ${why}`),
    ...runs.flatMap((run) => [...listFaults(run, runs.length), ...describeCluster(run, runs.length)]),
  ];
}

/** What is wrong with a run: it is incomplete, failed, or of a dirty working tree. Empty: nothing. */
export function listFaults(run: TicketRun, ofRuns = 1): string[] {
  const { document, coverage } = run;
  const { state, git_dirty: isDirty } = document.run;
  const { tests, errors } = document;
  const name = nameRun(run, ofRuns);
  const faults: string[] = [];
  const { sent, missing } = coverage.evidence;
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'is not recorded and does not count' : 'are not recorded and do not count';
    faults.push(`${name} is incomplete: ${missing.length} of ${count(sent, 'request')} ${verb}.`);
  }
  if (state === 'interrupted') faults.push(`${name} was interrupted.`);
  const failed = tests.filter((test) => test.state === 'failed' || test.state === 'running');
  if (failed.length > 0) {
    const names = failed.slice(0, 3).map((test) => `"${shorten(test.name)}"`);
    if (failed.length > names.length) names.push(`${failed.length - names.length} more`);
    faults.push(
      `${name} failed: ${failed.length} of ${count(tests.length, 'test')} did not pass (${names.join(', ')}).`,
    );
    const left = countLeft(run);
    if (left > 0) {
      const verb = left === 1 ? 'is' : 'are';
      faults.push(`${count(left, 'endpoint')} that only failed tests hit ${verb} not counted.`);
    }
  }
  if (errors.length > 0) faults.push(`${name} had ${count(errors.length, 'error')} outside of its tests.`);
  if (state === 'failed' && failed.length === 0 && errors.length === 0) faults.push(`${name} failed.`);
  if (isDirty === true) {
    faults.push(
      `${name} is of a working tree with uncommitted changes; the sources in this ticket are those that ran.`,
    );
  }
  return faults;
}

/** The number of endpoints that no passed test hit. */
function countLeft({ coverage, passed }: TicketRun): number {
  const hit = new Set(passed.endpoints.flatMap(({ endpoint, hits }) => (hits > 0 ? [endpoint] : [])));
  return coverage.endpoints.filter(({ endpoint, hits }) => hits > 0 && !hit.has(endpoint)).length;
}

function describeCluster(run: TicketRun, ofRuns: number): string[] {
  const { baseline } = run.coverage;
  const version = run.document.run.cluster_version;
  if (baseline.exact || version === null) return [];
  const name = nameRun(run, ofRuns);
  return [
    `${name} is of a cluster with Kubernetes ${shorten(version)}, and is compared with ${baseline.release}, the nearest release with coverage data.`,
  ];
}

function nameRun({ document }: TicketRun, ofRuns: number): string {
  return ofRuns === 1 ? 'The run' : `The run ${document.run.id}`;
}

import type { TicketClaims, TicketRun } from './claims.ts';
import { count, formatName } from './blocks.ts';

/** What a reader has to know before the rest: why N is not certain, and what went wrong in the runs; empty: nothing. */
export function writeHead({ runs, doubts }: TicketClaims): string {
  const notes = [
    ...(doubts.length === 0 ? [] : [`**The number of endpoints is not certain.** ${doubts.map(formatName).join(' ')}`]),
    ...runs.flatMap((run) => describeRun(run, runs.length > 1)),
  ];
  return notes.length === 0 ? '' : ['> [!WARNING]', ...notes.map((note) => `> - ${note}`)].join('\n');
}

/** What went wrong in a run, as Markdown. */
function describeRun({ document, coverage, passed }: TicketRun, isNamed: boolean): string[] {
  const { run, tests, errors } = document;
  const name = isNamed ? `The run \`${run.id}\`` : 'The run';
  const notes: string[] = [];
  const { sent, missing } = coverage.evidence;
  if (missing.length > 0) {
    notes.push(
      `${name} is incomplete: ${missing.length} of ${count(sent, 'request')} are not recorded and do not count.`,
    );
  }
  if (run.state === 'interrupted') notes.push(`${name} was interrupted; what ran before counts.`);
  const failed = tests.filter(({ state }) => state === 'failed' || state === 'running');
  const left = coverage.endpoints.filter(({ endpoint, hits }) => hits > 0 && !isHit(passed, endpoint)).length;
  if (failed.length > 0) {
    const names = failed.map((test) => `"${formatName(test.name)}"`).join(', ');
    const rest =
      left === 0
        ? ''
        : ` ${count(left, 'endpoint')} that only failed tests hit ${left === 1 ? 'is' : 'are'} not counted.`;
    notes.push(`${name} failed: ${count(failed.length, 'test')} of ${tests.length} did not pass (${names}).${rest}`);
  }
  if (errors.length > 0) notes.push(`${name} had ${count(errors.length, 'error')} outside of its tests.`);
  if (run.git_dirty === true) {
    notes.push(`${name} is of a working tree with uncommitted changes; the sources below are those that ran.`);
  }
  const { baseline } = coverage;
  if (!baseline.exact && run.cluster_version !== null) {
    const version = formatName(run.cluster_version);
    notes.push(
      `${name} is of a cluster with Kubernetes ${version}, and compared with ${formatName(baseline.release)}.`,
    );
  }
  return notes;
}

function isHit({ endpoints }: TicketRun['passed'], name: string): boolean {
  return endpoints.some(({ endpoint, hits }) => endpoint === name && hits > 0);
}

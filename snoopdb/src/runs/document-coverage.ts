import type { Comparison, SideHit } from './comparison.ts';
import { assembleCoverage, type RunCoverage } from './run-coverage.ts';
import type { RunDocument } from './run-document.ts';

/**
 * Computes the coverage of an exported run, without SnoopDB. It is the same as that of the stored run.
 * @param options.passedOnly whether to leave out hits of tests and tries that did not pass
 */
export function computeDocumentCoverage(
  document: RunDocument,
  { passedOnly = false }: { passedOnly?: boolean } = {},
): RunCoverage {
  const { run, errors } = document;
  return assembleCoverage({
    run: {
      id: run.id,
      author: run.author,
      agent: run.agent,
      sources: run.sources,
      clusterVersion: run.cluster_version,
      clusterServer: run.cluster_server,
      startedAt: new Date(run.started_at),
      endedAt: toDate(run.ended_at),
      state: run.state,
      command: run.command,
      snoopVersion: run.snoop_version,
      nodeVersion: run.node_version,
      clientVersion: run.client_version,
      gitCommit: run.git_commit,
      gitDirty: run.git_dirty,
      importedAt: null,
    },
    window: null,
    comparison: readComparison(document),
    tests: document.tests.map(({ test, name, file, state, error, tries, started_at, ended_at }) => ({
      ...{ test, name, file, state, error, tries, startedAt: toDate(started_at), endedAt: toDate(ended_at) },
    })),
    steps: document.steps.map(({ test, step, try: number, name, state }) => ({ test, step, try: number, name, state })),
    requests: document.requests.map((request) => ({
      auditId: request.audit_id,
      test: request.test,
      try: request.try,
      step: request.step,
      method: request.method,
      path: request.path,
      requestUri: request.request_uri,
      status: request.status,
      outcome: request.outcome,
      error: request.error,
      isDryRun: request.is_dry_run,
      unreadBody: request.unread_body,
      clientAgent: request.client_agent,
    })),
    errors: errors.map(({ file, line, message }) => ({ file, line, message })),
    events: document.evidence.map((event) => ({
      auditId: event.audit_id,
      stage: event.stage,
      verb: event.verb,
      code: event.code,
      endpoint: event.endpoint,
      reason: event.reason,
      ambiguous: event.ambiguous,
      isDryRun: event.is_dry_run,
      isHit: event.is_hit,
      decides: event.decides,
    })),
    others: document.other_events.map(({ audit_id: auditId, request_uri: requestUri, source, verb, code, misfit }) => ({
      ...{ auditId, source, verb, requestUri, code, misfit },
    })),
    passedOnly,
  });
}

const groups = ['eligible', 'stable', 'beta', 'alpha'] as const;

function readComparison({ baseline, coverage_before: before, endpoints }: RunDocument): Comparison {
  const { release_date: releaseDate, unknown = 0, ...rest } = baseline;
  return {
    baseline: { ...rest, releaseDate, unknown },
    before: groups.flatMap((of) =>
      before
        .filter(({ category }) => category === of)
        .map((row) => ({
          of,
          total: row.total_endpoints,
          tested: row.old_coverage,
          conformance: row.old_conformance_coverage,
        })),
    ),
    endpoints: new Map(
      endpoints.map((row) => [
        row.endpoint,
        {
          endpoint: row.endpoint,
          level: row.level,
          kind: row.kind,
          path: row.path,
          deprecated: row.deprecated,
          inBaseline: row.in_baseline,
          e2e: row.hit_by_ete,
          conformance: row.hit_by_conformance,
          eligible: row.eligible,
          reason: row.reason,
          link: row.link,
          unknown: row.unknown ?? false,
        },
      ]),
    ),
    sideHits: endpoints
      .flatMap(({ sent_by: sentBy, endpoint, useragent: agent, hit_by_new_test: hits }): SideHit[] =>
        sentBy === 'test' ? [] : [{ endpoint, agent, sentBy, hits }],
      )
      .sort((a, b) => (a.agent === b.agent ? compare(a.endpoint, b.endpoint) : compare(a.agent, b.agent))),
  };
}

function toDate(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

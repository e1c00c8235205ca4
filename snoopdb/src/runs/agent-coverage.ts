import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { findFirstEventId } from '../live-table/first-event.ts';
import { isSameMinor } from '../release.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { readPresentComparison } from './comparison.ts';
import { assembleCoverage, type CoverageRows, type RunCoverage } from './run-coverage.ts';
import type { RunEventRow, RunRequestRow } from './run-rows.ts';

export interface AgentWindow {
  /** How the user agent begins; `*` is any text, case is ignored. */
  readonly agent: string;
  readonly since: Date;
  readonly until: Date;
  /** `*` is any text; default: all sources. */
  readonly source?: string | undefined;
}

interface AgentEventRow extends RunEventRow {
  agent: string;
  test: string | null;
  source: string;
  release: string | null;
  requestUri: string;
}

/** A request has two or three events. */
const maxEvents = 300_000;
/** Clocks differ, and events are stored after their requests. */
const clockDifferenceMs = 300_000;

/**
 * Computes the coverage of an agent's live events in a time window, as {@link askRunCoverage} does for a run. It is not
 * exact: nothing shows whether all events have arrived, or whether the client that sent them is the one in question.
 *
 * @throws SnoopDbError `no_events` if none matches, `too_many_events`, `no_baseline`
 */
export async function askAgentCoverage(pool: Pool, window: AgentWindow): Promise<RunCoverage> {
  const { agent, since, until, source } = window;
  const { rows: events } = await pool.query<AgentEventRow>(readQuerySql('agent-events'), [
    (await findFirstEventId(pool, new Date(since.getTime() - clockDifferenceMs))) ?? 0,
    `${toLike(agent)}%`,
    since,
    until,
    source === undefined ? null : toLike(source),
    maxEvents + 1,
  ]);
  if (events.length > maxEvents) {
    throw new SnoopDbError(
      'too_many_events',
      `More than ${maxEvents.toLocaleString('en-US')} events match '${agent}'. Choose a shorter time or a longer agent.`,
    );
  }
  if (events.length === 0) {
    const of = source === undefined ? '' : ` from '${source}'`;
    throw new SnoopDbError(
      'no_events',
      `No event of an agent '${agent}'${of} between ${since.toISOString()} and ${until.toISOString()}. 'snoop hits' lists the agents.`,
    );
  }
  const sources = [...new Set(events.map((event) => event.source))].sort();
  const releases = [...new Set(events.flatMap(({ release }) => release ?? []))];
  const comparison = await readPresentComparison(pool, sources);
  // The first events of a cluster come before its version.
  const version = releases.at(-1) ?? null;
  const { tests, requests } = groupRequests(events);
  const run: CoverageRows['run'] = {
    ...{ id: '', author: null, agent, sources, state: 'unknown', startedAt: since, endedAt: until, importedAt: null },
    ...{ clusterVersion: version, clusterServer: null, command: null, snoopVersion: null, nodeVersion: null },
    ...{ clientVersion: null, gitCommit: null, gitDirty: null },
  };
  const coverage = assembleCoverage({
    ...{ run, window: { agent, since, until, sources }, comparison, tests, requests, events },
    ...{ steps: [], errors: [], others: [], passedOnly: false },
  });
  const { baseline } = coverage;
  const isExact = releases.length > 0 && releases.every((release) => isSameMinor(release, baseline.release));
  return {
    ...coverage,
    baseline: { ...baseline, exact: isExact },
    // What was sent is unknown: an open watch has no last stage yet.
    evidence: { ...coverage.evidence, sent: requests.length, recorded: requests.length, missing: [] },
  };
}

/** `*` becomes `%`; LIKE's own characters are escaped. */
function toLike(pattern: string): string {
  return pattern
    .split(/\*+/)
    .map((part) => part.replace(/[\\%_]/g, String.raw`\$&`))
    .join('%');
}

/** A request for each Audit-ID, a test for each name, or for each agent without one. */
function groupRequests(events: readonly AgentEventRow[]): {
  tests: CoverageRows['tests'][number][];
  requests: RunRequestRow[];
} {
  const tests = new Map<string, CoverageRows['tests'][number]>();
  const requests = new Map<string, RunRequestRow>();
  for (const { auditId, agent, test: name, verb, code, requestUri } of events) {
    const key = `${agent}\0${name ?? ''}`;
    const test = tests.get(key) ?? {
      ...{
        test: tests.size + 1,
        name: name ?? 'without a test name',
        file: agent,
        state: 'unknown',
        error: null,
        tries: 1,
        startedAt: null,
        endedAt: null,
      },
    };
    tests.set(key, test);
    const known = requests.get(auditId);
    requests.set(auditId, {
      ...{ auditId, test: test.test, try: 1, step: null, method: toMethod(verb), path: requestUri, requestUri },
      ...{ status: code ?? known?.status ?? null, outcome: 'answered', error: null, isDryRun: false },
      clientAgent: agent,
    });
  }
  return { tests: [...tests.values()], requests: [...requests.values()] };
}

const methods: Readonly<Record<string, string>> = {
  ...{ get: 'GET', list: 'GET', watch: 'GET', create: 'POST', update: 'PUT', patch: 'PATCH' },
  ...{ delete: 'DELETE', deletecollection: 'DELETE' },
};

/** Other paths than those of resources have the method as verb; that of OPTIONS is empty. */
function toMethod(verb: string | null): string {
  return methods[verb ?? ''] ?? (verb || 'OPTIONS').toUpperCase();
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askRecorded, saveRun } from '@snoop/snoopdb';
import type { Pool, RunRecord } from '@snoop/snoopdb';
import { onTestFinished } from 'vitest';
import { openAuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import type { AuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { chooseLimits, OutageClock } from '../../src/evidence/outage.ts';
import { waitForEvidence } from '../../src/evidence/wait-for-evidence.ts';
import type { Evidence } from '../../src/evidence/wait-for-evidence.ts';
import { recordTest } from '../../src/live-test/test-recording.ts';
import type { Step } from '../../src/live-test/test-recording.ts';
import { silentProgress } from '../../src/progress.ts';
import { openWorkerJournal } from '../../src/journal/journal.ts';
import type { RunHead } from '../../src/journal/journal-lines.ts';
import { readJournal } from '../../src/journal/read-journal.ts';
import { createRunId } from '../../src/journal/run-id.ts';
import { makeFolder } from './folder.ts';
import { noOrigin } from './run-origin.ts';

/** An audited cluster with a journal, like a live test's, without vitest. */
export interface RecordedCluster {
  readonly cluster: AuditedCluster;
  readonly step: Step;
  readonly folder: string;
  readonly runId: string;
  /** The present journal. */
  read(): Promise<RunRecord>;
}

/** @param onSent called when a request is recorded and not sent yet */
export async function recordCluster(
  controlPlane: ControlPlane,
  testName: string,
  onSent: () => void = () => {},
): Promise<RecordedCluster> {
  const folder = await makeFolder();
  const runId = createRunId(new Date());
  writeFileSync(join(folder, 'run.json'), JSON.stringify(makeHead({ id: runId })));
  const journal = openWorkerJournal(folder);
  onTestFinished(() => journal.close());
  const recording = recordTest(journal, runId, { id: 't1', name: testName, file: '/x/a.live.ts', try: 1 });
  return {
    cluster: openAuditedCluster({ files: [controlPlane.kubeconfig], context: null }, (request) => {
      recording.stamp(request);
      onSent();
    }),
    step: recording.step,
    folder,
    runId,
    read: () => readJournal(folder),
  };
}

export function makeHead(changes: Partial<RunHead> = {}): RunHead {
  return {
    id: '20260101-000000-aaaaaa',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    state: 'running',
    author: null,
    agent: 'live-test-writing',
    sources: [],
    clusterVersion: null,
    origin: noOrigin,
    clusterServer: null,
    cwd: '/x',
    database: 'none',
    process: { pid: 0, start: '' },
    owner: 'nobody',
    saved: false,
    ...changes,
  };
}

/** Waits like `snoop test` on the local control plane. */
export async function awaitRecorded(pool: Pool, record: RunRecord): Promise<Evidence> {
  const limits = chooseLimits(true);
  await saveRun(pool, record);
  return waitForEvidence({
    requests: record.requests,
    probe: null,
    findRecorded: (auditIds) => askRecorded(pool, record.id, auditIds),
    probeAuditlogger: null,
    limits,
    clock: new OutageClock(limits.awayMs),
    progress: silentProgress,
    signal: new AbortController().signal,
  });
}

export interface StoredRequest {
  readonly auditId: string;
  readonly agent: string;
  readonly uri: string;
  readonly code: number | null;
}

/** Reads the stored requests of a run, one row each, with the last stage. */
export async function readStored(pool: Pool, runId: string): Promise<StoredRequest[]> {
  const { rows } = await pool.query<StoredRequest>(
    `select distinct on (audit_id) audit_id as "auditId", useragent as agent, data->>'requestURI' as uri, code
       from testing.audit_event where audit_id like $1 and useragent like 'live-test%'
      order by audit_id, (stage = 'RequestReceived'), (stage = 'ResponseStarted')`,
    [`${runId}.%`],
  );
  return rows.sort((a, b) => sequence(a) - sequence(b));
}

function sequence({ auditId }: StoredRequest): number {
  return Number(auditId.split('.').at(-1));
}

import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { askRecorded, askRunSources, createEventWriter, openPool, saveRun } from '@snoop/snoopdb';
import type { Pool, RunRecord } from '@snoop/snoopdb';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { OutageClock } from '../../src/evidence/outage.ts';
import type { EvidenceLimits } from '../../src/evidence/outage.ts';
import { probeAuditlogger } from '../../src/evidence/auditlogger-state.ts';
import { waitForEvidence } from '../../src/evidence/wait-for-evidence.ts';
import type { EvidenceWait } from '../../src/evidence/wait-for-evidence.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { createRunId } from '../../src/journal/run-id.ts';
import { openDatabase } from '../../src/cluster-choice/open-database.ts';
import { openRelay } from '../support/relay.ts';
import { deliver, makeDatabase } from '../support/database.ts';

type RunRequest = RunRecord['requests'][number];

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
});

/** For waits that must reach the limit. */
const soon: EvidenceLimits = { noProgressMs: 50, afterOutageMs: 50, awayMs: 50, answerMs: 5_000, pollMs: 5 };
/** For waits that must end before the limit. */
const patient: EvidenceLimits = {
  noProgressMs: 30_000,
  afterOutageMs: 30_000,
  awayMs: 30_000,
  answerMs: 5_000,
  pollMs: 5,
};

async function saveRequests(requests: RunRequest[], changes: Partial<RunRecord> = {}): Promise<void> {
  await saveRun(pool, {
    id: runOf(requests),
    author: null,
    agent: 'live-test-writing',
    sources: ['evidence-test'],
    clusterVersion: null,
    clusterServer: null,
    startedAt: new Date(),
    endedAt: new Date(),
    state: 'passed',
    tests: [],
    requests,
    errors: [],
    ...changes,
  });
}

function runOf(requests: readonly RunRequest[]): string {
  return requests[0]?.auditId.split('.')[0] ?? 'none';
}

const outcomes = ['answered', 'open', 'no answer', 'unknown'] as const;

/** Saves a run with requests. */
async function makeRequests(
  outcome: RunRequest['outcome'],
  count: number,
  changes: Partial<RunRecord> = {},
): Promise<RunRequest[]> {
  const run = createRunId(new Date());
  const requests: RunRequest[] = Array.from({ length: count }, (_, index) => ({
    auditId: `${run}.1.${index + 1}`,
    test: 1,
    try: 1,
    step: null,
    method: 'GET',
    path: '/version',
    status: outcome === 'answered' || outcome === 'open' ? 200 : null,
    outcome,
    error: null,
    isDryRun: false,
    sentAt: new Date(),
    answeredAt: null,
    closedAt: null,
  }));
  await saveRequests(requests, changes);
  return requests;
}

function makeWait(
  requests: readonly RunRequest[],
  limits: EvidenceLimits,
  changes: Partial<EvidenceWait> = {},
): EvidenceWait {
  return {
    requests,
    probe: null,
    findRecorded: (asked) => askRecorded(pool, runOf(requests), asked),
    probeAuditlogger: null,
    limits,
    clock: new OutageClock(limits.awayMs),
    progress: silentProgress,
    signal: new AbortController().signal,
    ...changes,
  };
}

async function store(
  auditIds: readonly string[],
  { stage, source = 'evidence-test', uri }: { stage?: string; source?: string; uri?: string | undefined } = {},
): Promise<void> {
  const writer = createEventWriter(pool, { source });
  try {
    await writer.write(deliver(auditIds, stage, uri));
  } finally {
    await writer.close();
  }
}

const idsOf = (requests: readonly RunRequest[]): string[] => requests.map(({ auditId }) => auditId);

test('ends at once if everything is recorded', async () => {
  const requests = await makeRequests('answered', 3);
  await store(idsOf(requests));
  expect(await waitForEvidence(makeWait(requests, patient))).toMatchObject({
    end: 'complete',
    recorded: 3,
    missing: [],
    away: null,
  });
});

test('ends at once without requests', async () => {
  expect(await waitForEvidence(makeWait([], patient))).toMatchObject({ end: 'complete', recorded: 0, missing: [] });
});

test('ends when the events arrive', async () => {
  const requests = await makeRequests('answered', 2);
  const [first = '', second = ''] = idsOf(requests);
  let asked = 0;
  const findRecorded: EvidenceWait['findRecorded'] = async (pending) => {
    asked += 1;
    if (asked === 2) await store([second]);
    if (asked === 4) await store([first]);
    return askRecorded(pool, runOf(requests), pending);
  };
  expect(await waitForEvidence(makeWait(requests, patient, { findRecorded }))).toMatchObject({
    end: 'complete',
    recorded: 2,
  });
});

test('returns missing requests after the limit', async () => {
  const requests = await makeRequests('answered', 3);
  const [first = '', ...others] = idsOf(requests);
  await store([first]);
  expect(await waitForEvidence(makeWait(requests, soon))).toMatchObject({ end: 'limit', recorded: 1, missing: others });
});

test.each([
  ['answered', 'RequestReceived', 'limit'],
  ['answered', 'ResponseStarted', 'limit'],
  ['answered', 'ResponseComplete', 'complete'],
  ['answered', 'Panic', 'complete'],
  ['open', 'RequestReceived', 'limit'],
  ['open', 'ResponseStarted', 'complete'],
  ['open', 'ResponseComplete', 'complete'],
] as const)('a request with outcome %s and stored stage %s ends the wait with %s', async (outcome, stage, end) => {
  const requests = await makeRequests(outcome, 1);
  await store(idsOf(requests), { stage });
  expect(await waitForEvidence(makeWait(requests, soon))).toMatchObject({ end });
});

test.each(outcomes.slice(2))(
  'does not wait for requests with outcome "%s", but counts stored ones',
  async (outcome) => {
    const requests = await makeRequests(outcome, 2);
    const [first = ''] = idsOf(requests);
    await store([first]);
    expect(await waitForEvidence(makeWait(requests, patient))).toMatchObject({
      end: 'complete',
      recorded: 1,
      missing: [],
    });
  },
);

test('reads unknown sources from the probes, and ignores forged events', async () => {
  const paths = ['/api/v1/namespaces/snoop-probe-a', '/api/v1/namespaces/snoop-probe-b'];
  const digests = paths.map((path) => createHash('sha256').update(path).digest('hex'));
  const auditId = `${createRunId(new Date())}.probe`;
  const requests = await makeRequests('answered', 3, { sources: [], sourceProbe: { auditId, digests } });
  const run = runOf(requests);
  const [first = '', ...others] = idsOf(requests);
  const [uri, otherUri] = paths;
  let asked = 0;
  const findRecorded: EvidenceWait['findRecorded'] = async (pending) => {
    asked += 1;
    // Another sender uses all ids, guesses the probes and repeats what it reads.
    if (asked === 1) {
      await store(idsOf(requests), { source: 'forger' });
      await store([auditId], { source: 'forger', uri: '/api/v1/namespaces/snoop-probe-guess' });
    }
    if (asked === 2) await store([auditId], { source: 'node-1', uri });
    if (asked === 3) await store([auditId], { source: 'forger', uri });
    if (asked === 4) await store([auditId], { source: 'node-2', uri: otherUri });
    if (asked === 6) await store([first], { source: 'node-2' });
    if (asked === 8) await store(others, { source: 'node-1' });
    return askRecorded(pool, run, pending);
  };
  expect(await waitForEvidence(makeWait(requests, patient, { findRecorded, probe: auditId }))).toMatchObject({
    end: 'complete',
    recorded: 3,
  });
  expect(asked).toBe(8);
  expect(await askRunSources(pool, run)).toEqual(['node-1', 'node-2']);
});

test('if the policy omits the probes, the sources are those whose events match', async () => {
  const sourceProbe = { auditId: 'unheard.probe', digests: ['none'] };
  const requests = await makeRequests('answered', 3, { sources: [], sourceProbe });
  const [first = '', ...others] = idsOf(requests);
  await store([first], { source: 'another' });
  await store(idsOf(requests), { source: 'proxied', uri: '/another' });
  await store([first, ...others], { source: 'true' });
  const evidence = await waitForEvidence(makeWait(requests, soon, { probe: sourceProbe.auditId }));
  expect(evidence).toMatchObject({ end: 'limit', recorded: 3, missing: [] });
  expect(await askRunSources(pool, runOf(requests))).toEqual(['true']);
});

test('an interrupted wait ends early and returns missing requests', async () => {
  const requests = await makeRequests('answered', 2);
  const [first = '', second = ''] = idsOf(requests);
  await store([first]);
  const signal = AbortSignal.abort();
  expect(await waitForEvidence(makeWait(requests, patient, { signal }))).toMatchObject({
    end: 'aborted',
    missing: [second],
  });
});

test('a database that stays away ends the wait at its own limit', async () => {
  const nobody = openPool(`postgresql://apisnoop@127.0.0.1:${await findFreePort()}/apisnoop`);
  onTestFinished(() => nobody.end());
  const findRecorded: EvidenceWait['findRecorded'] = (asked) => askRecorded(nobody, 'a run', asked);
  const limits = { ...patient, awayMs: 50 };
  const evidence = await waitForEvidence(makeWait(await makeRequests('answered', 1), limits, { findRecorded }));
  expect(evidence).toMatchObject({ end: 'away', away: 'SnoopDB', recorded: 0 });
});

test('waits for a database that returns', async () => {
  const requests = await makeRequests('answered', 1);
  await store(idsOf(requests));
  const nobody = openPool(`postgresql://apisnoop@127.0.0.1:${await findFreePort()}/apisnoop`);
  onTestFinished(() => nobody.end());
  let asked = 0;
  const findRecorded: EvidenceWait['findRecorded'] = (pending) => {
    asked += 1;
    return askRecorded(asked < 4 ? nobody : pool, runOf(requests), pending);
  };
  expect(await waitForEvidence(makeWait(requests, patient, { findRecorded }))).toMatchObject({
    end: 'complete',
    away: 'SnoopDB',
  });
});

test('treats a frozen database as away and cuts its connections', async () => {
  const address = new URL(url);
  const relay = await openRelay({ host: address.hostname, port: Number(address.port) });
  onTestFinished(() => relay.cut());
  address.port = String(relay.port);
  const database = await openDatabase({
    target: null,
    databaseUrl: address.href,
    environment: readEnvironment({}),
    stateFolder: '/nowhere',
    user: 'vitest',
    progress: silentProgress,
  });
  relay.freeze();
  const limits = { ...patient, answerMs: 50, awayMs: 100 };
  const findRecorded: EvidenceWait['findRecorded'] = (asked) => askRecorded(database.pool, 'a run', asked);
  const evidence = await waitForEvidence(makeWait(await makeRequests('answered', 1), limits, { findRecorded }));
  expect(evidence).toMatchObject({ end: 'away', away: 'SnoopDB' });
  await database.release();
});

test('waits longer while the auditlogger is away', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const limits = { ...soon, awayMs: 500 };
  const wait = makeWait(await makeRequests('answered', 1), limits, {
    probeAuditlogger: () => probeAuditlogger({ url, caFile: null, tokenFile: null }),
  });
  expect(await waitForEvidence(wait)).toMatchObject({
    end: 'away',
    away: 'the auditlogger',
    trouble: 'it does not answer',
  });
  expect(wait.clock.expired).toBe(true);
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

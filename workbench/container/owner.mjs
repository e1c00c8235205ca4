// Does, as SnoopDB's owner, what a workbench with the role snoop_workbench may not: brings the schema and the role's rights up
// to date, makes the release nearest to the cluster's the baseline, and resolves events again whenever a workbench has loaded
// a newer document of a cluster. Waits for a database that is away; any number of these may run at once.
//
//   node owner.mjs URL FILE       FILE holds the cluster's version: v1.36.3
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  describeError,
  grantWorkbenchRole,
  isDatabaseAway,
  migrate,
  openPool,
  resolveAgain,
  useNearestBaseline,
} from '@snoop/snoopdb';

const [url = '', file = ''] = process.argv.slice(2);
const lookMs = 1_000;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());
const pool = openPool(url, { applicationName: 'snoop owner', max: 2 });
/** By source, the revision of the document that its events were resolved again with. */
const seen = new Map();
try {
  const version = readFileSync(file, 'utf8').trim();
  await untilDone(() => makeReady(version));
  while (!stopping.signal.aborted) {
    await untilDone(followDocuments);
    await pause();
  }
} catch (error) {
  console.error(`What takes SnoopDB's owner cannot be done: ${describeError(error)}`);
  process.exitCode = 1;
} finally {
  await pool.end();
}

async function makeReady(version) {
  await migrate(pool);
  // The role's password is given to it at SnoopDB's start.
  await grantWorkbenchRole(pool, null);
  const { release } = await useNearestBaseline(pool, version);
  console.log(`The baseline is ${release}, for a cluster of ${version}.`);
}

async function followDocuments() {
  const { rows } = await pool.query('select source, revision from testing.cluster');
  for (const { source, revision } of rows) {
    if (seen.get(source) === revision) continue;
    const { resolved } = await resolveAgain(pool, source);
    if (resolved > 0) console.log(`${resolved} events of ${source} resolve with its newer document.`);
    seen.set(source, revision);
  }
}

async function untilDone(work) {
  for (let lastSaid = ''; !stopping.signal.aborted; await pause()) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      const said = describeError(error);
      if (said !== lastSaid) console.log(`SnoopDB is away: ${said}`);
      lastSaid = said;
    }
  }
}

async function pause() {
  await wait(lookMs, undefined, { signal: stopping.signal }).catch(() => {});
}

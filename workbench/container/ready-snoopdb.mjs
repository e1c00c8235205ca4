// Makes SnoopDB ready for workbenches with the role snoop_workbench, as its owner: the schema, the role's rights, and the
// release nearest to the cluster's as the baseline. Waits for a database that is away; safe to run again.
//
//   node ready-snoopdb.mjs URL FILE       FILE holds the cluster's version: v1.36.3
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describeError, grantWorkbench, isDatabaseAway, migrate, openPool, useNearestBaseline } from '@snoop/snoopdb';

const [url = '', file = ''] = process.argv.slice(2);
const lookMs = 1_000;

const pool = openPool(url, { applicationName: 'snoop baseline', max: 2 });
try {
  const version = readFileSync(file, 'utf8').trim();
  await makeReady(async () => {
    await migrate(pool);
    // The role's password is given to it at SnoopDB's start.
    await grantWorkbench(pool, null);
    const { release } = await useNearestBaseline(pool, version);
    console.log(`The baseline is ${release}, for a cluster of ${version}.`);
  });
} catch (error) {
  console.error(`SnoopDB cannot be made ready for the workbench: ${describeError(error)}`);
  process.exitCode = 1;
} finally {
  await pool.end();
}

async function makeReady(work) {
  let lastSaid = '';
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      const said = describeError(error);
      if (said !== lastSaid) console.log(`SnoopDB is away: ${said}`);
      lastSaid = said;
      await wait(lookMs);
    }
  }
}

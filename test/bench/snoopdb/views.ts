import { readFile } from 'node:fs/promises';
import { listShippedReleases, loadBaseline, migrate, type Pool, type PoolClient, withClient } from '@snoop/snoopdb';
import type { Figure, Measurement } from '../measurement/figure.ts';
import { startTemporaryServer } from '../measurement/temporary-server.ts';

interface Question {
  name: string;
  /** Reads the events of live tests themselves: grows with them, which is told and not judged. */
  ofEvents?: boolean;
  /** As people ask it. */
  sql: string;
  /** File with the same question, asked of the events. */
  reference: string;
  targetMs: number;
  /** How many times faster than that. */
  times: { target: number; floor: number };
}

const testingView = { targetMs: 20, times: { target: 50, floor: 20 } };
const questions: readonly Question[] = [
  {
    name: 'endpoint_coverage',
    sql: 'select * from public.endpoint_coverage',
    reference: 'coverage-of-events.sql',
    targetMs: 60,
    times: { target: 20, floor: 10 },
  },
  {
    name: 'untested_stable_endpoint',
    sql: 'select * from testing.untested_stable_endpoint',
    reference: 'untested-of-events.sql',
    ...testingView,
  },
  {
    name: 'endpoint_hit_by_new_test',
    sql: 'select * from testing.endpoint_hit_by_new_test',
    reference: 'new-hits-of-events.sql',
    ...testingView,
  },
  {
    name: 'projected_change_in_coverage',
    sql: 'select * from testing.projected_change_in_coverage',
    reference: 'projected-of-events.sql',
    ...testingView,
  },
  {
    name: "useragent like 'live%'",
    sql: "select distinct useragent from testing.audit_event where useragent like 'live%'",
    reference: 'live-agents-of-events.sql',
    ofEvents: true,
    ...testingView,
  },
];

const growth = { target: 1.2, floor: 1.7 };
/** With a tenth of the events the reference has a tenth of the work. */
const smallTimes = 2;
const releases = ['1.28.0', '1.29.0', '1.30.0', '1.31.0', '1.32.0', '1.33.0', '1.34.0', '1.35.0', '1.36.0'];
const rounds = 25;

/**
 * Nine releases with all their hits, a million events of CI runs and a million live ones (a tenth of them when small):
 * what the questions take, against the same ones asked of the events, and in a second database with twice as many.
 */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const events = small ? 100_000 : 1_000_000;
  const server = await startTemporaryServer();
  try {
    const filling = await server.createDatabase('once');
    await migrate(filling);
    await fillReleases(filling);
    await addEvents(filling, 0, events);
    await filling.end();
    const twice = await server.createDatabase('twice', 'once');
    await addEvents(twice, events, 2 * events);
    const once = server.openDatabase('once');
    // With fewer events than there are hits, not every hit has one.
    if (!small) await withClient(once, compareAnswers);
    const [first, second] = await withClient(once, (client) =>
      withClient(twice, (other) => timeQuestions([client, other])),
    );
    const references = await withClient(once, timeReferences);
    const figures = questions.flatMap(({ name, targetMs, times, ofEvents = false }, index): Figure[] => {
      const [ms = 0, referenceMs = 0, laterMs = 0] = [first?.[index], references[index], second?.[index]];
      return [
        { what: name, measured: ms, unit: 'ms', target: targetMs, floor: null, better: 'less' },
        {
          what: `${name}: faster than of the events (${referenceMs.toFixed(0)} ms)`,
          measured: referenceMs / ms,
          unit: 'times',
          target: small ? smallTimes : times.target,
          floor: small ? smallTimes : times.floor,
          better: 'more',
        },
        {
          what: `${name}: growth with twice the events`,
          measured: laterMs / ms,
          unit: 'times',
          target: growth.target,
          floor: small || ofEvents ? null : growth.floor,
          better: 'less',
        },
      ];
    });
    const notes = [
      `${events} events of CI runs of nine releases and ${events} live ones, of these one in two hundred of a live test`,
      "times are the server's, the best of several, planning included, without sending the answer (endpoint_coverage has 19 MB of test names)",
      'who asks the events reads them: the indexes of SnoopDB are not used there',
    ];
    return { figures, notes };
  } finally {
    await server.remove();
  }
}

async function fillReleases(pool: Pool): Promise<void> {
  const shipped = (await listShippedReleases()).filter((release) => releases.includes(release));
  for (const release of shipped) await loadBaseline(pool, release);
  await pool.query(await readSql('setup.sql'));
  for (const release of releases) {
    if (!shipped.includes(release)) await pool.query('select bench.copy_release($1, $2)', [shipped[0], release]);
  }
  await pool.query('insert into public.baseline (release) values ($1)', [releases.at(-1)]);
  await pool.query('select bench.note_requests()');
}

/** Numbers from `first` on, up to `end`. The statistics are brought up to date, as autovacuum does it after a while. */
async function addEvents(pool: Pool, first: number, end: number): Promise<void> {
  await Promise.all([
    pool.query('select bench.add_loaded_events($1, $2)', [first, end - 1]),
    pool.query('select bench.add_live_events($1, $2)', [first, end - 1]),
  ]);
  await pool.query('vacuum analyze');
}

/** The times on each of the databases, asked in turns: what else the machine does meets all of them. */
async function timeQuestions(clients: readonly PoolClient[]): Promise<number[][]> {
  const times: number[][] = clients.map(() => []);
  for (const { sql } of questions) {
    const best = clients.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, client] of clients.entries()) {
        best[index] = Math.min(best[index] ?? 0, await timeStatement(client, sql, 1));
      }
    }
    for (const [index, ms] of best.entries()) times[index]?.push(ms);
  }
  return times;
}

async function timeReferences(client: PoolClient): Promise<number[]> {
  const times: number[] = [];
  await client.query('set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off');
  for (const { reference } of questions) times.push(await timeStatement(client, await readSql(reference), 3));
  await client.query('reset all');
  return times;
}

interface Explained {
  'QUERY PLAN': [{ 'Planning Time': number; 'Execution Time': number }];
}

/**
 * What the server needs to plan it and run it, in milliseconds; once before to warm up. The best of some times: whatever
 * else the machine does can only add.
 */
async function timeStatement(client: PoolClient, sql: string, times: number): Promise<number> {
  const measured: number[] = [];
  for (let round = 0; round <= times; round += 1) {
    const { rows } = await client.query<Explained>(`explain (analyze, timing off, format json) ${sql}`);
    const plan = rows[0]?.['QUERY PLAN'][0];
    if (plan === undefined) throw new Error(`no plan of ${sql}`);
    if (round > 0) measured.push(plan['Planning Time'] + plan['Execution Time']);
  }
  return Math.min(...measured);
}

/** A fast answer that is another one would be worth nothing. */
async function compareAnswers(client: PoolClient): Promise<void> {
  for (const { name, sql, reference } of questions) {
    const digest = async (query: string): Promise<string> => {
      const { rows } = await client.query<{ digest: string }>(
        `select count(*) || ' rows ' || md5(coalesce(string_agg(answer::text, chr(10) order by answer::text), '')) as digest
           from (${query.replaceAll(/^--.*$/gm, '')}) as answer`,
      );
      return rows[0]?.digest ?? '';
    };
    const [ours, theirs] = [await digest(sql), await digest(await readSql(reference))];
    if (ours !== theirs) throw new Error(`${name} says ${ours}, the events say ${theirs}`);
  }
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(`sql/${name}`, import.meta.url), 'utf8');
}

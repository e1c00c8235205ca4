import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadBaseline, migrate, type Pool, withClient } from '@snoop/snoopdb';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Measurement } from '../measurement/figure.ts';
import { createEventMaker } from '../measurement/made-events.ts';
import { startTemporaryServer, type TemporaryServer } from '../measurement/temporary-server.ts';

const release = '1.36.0';
const rounds = 2;
/** As many columns as the loader fills. */
const columns =
  'release, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source, stage, verb, code, is_dry_run, is_hit, reason, ambiguous, requested_at, release_date, part, id';

interface LoadedFile {
  seconds: number;
  peakMiB: number;
}

/**
 * Loads a file of a million events (a hundred thousand when small) as `snoop load audit` does, and copies the very same
 * rows into an equal table with two streams of COPY text, in turns.
 */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const events = small ? 100_000 : 1_000_000;
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-'));
  const server = await startTemporaryServer();
  try {
    const file = join(folder, 'audit.log');
    let loaded: LoadedFile = { seconds: 0, peakMiB: 0 };
    let copiedSeconds = 0;
    for (let round = 0; round < rounds; round += 1) {
      const pool = await server.createDatabase(`bulk_${round}`);
      await migrate(pool);
      await loadBaseline(pool, release);
      if (round === 0) await writeLog(pool, file, events);
      const one = await load(server, `bulk_${round}`, pool, file, events);
      loaded = { seconds: loaded.seconds + one.seconds, peakMiB: Math.max(loaded.peakMiB, one.peakMiB) };
      if (round === 0) await writeRows(pool, folder);
      copiedSeconds += await copyRows(pool, folder, events);
      await pool.query('drop table raw_event; truncate public.audit_event');
    }
    const bytes = (await stat(file)).size;
    const rate = (seconds: number): string => Math.round((rounds * events) / seconds).toLocaleString('en');
    return {
      figures: [
        {
          what: 'bulk load against two streams of COPY text',
          measured: copiedSeconds / loaded.seconds,
          unit: 'times',
          target: 0.8,
          floor: 0.4,
          better: 'more',
        },
        {
          what: 'memory of the loading process',
          measured: loaded.peakMiB,
          unit: 'MiB',
          target: 192,
          floor: 384,
          better: 'less',
        },
      ],
      notes: [
        `${events.toLocaleString('en')} events, ${(bytes / 1e9).toFixed(2)} GB: loaded at ${rate(loaded.seconds)} events/s, copied at ${rate(copiedSeconds)}`,
      ],
    };
  } finally {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeLog(pool: Pool, file: string, events: number): Promise<void> {
  const { rows } = await pool.query<{ path: string; method: string; action: string | null }>(
    `select path, method, k8s_action as action from public.open_api where release = $1 and not deprecated order by endpoint`,
    [release],
  );
  const makeEvent = createEventMaker(rows);
  const out = createWriteStream(file);
  for (let made = 0; made < events; ) {
    let text = '';
    for (const until = Math.min(made + 500, events); made < until; made += 1) text += `${makeEvent(made)}\n`;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

/** In a process of its own, so that its memory is its own. */
async function load(
  server: TemporaryServer,
  database: string,
  pool: Pool,
  file: string,
  events: number,
): Promise<LoadedFile> {
  const url = Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  const program = `
    import { findInputs, loadAuditLog, openPool } from '@snoop/snoopdb';
    const pool = openPool(process.argv[1]);
    const [input] = await findInputs(process.argv[2], { cwd: '/', stdin: process.stdin });
    const started = performance.now();
    const { stored } = await loadAuditLog(pool, input, { release: '${release}', source: 'benchmark' });
    const seconds = (performance.now() - started) / 1000;
    await pool.end();
    console.log(JSON.stringify({ stored, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, url, file],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)) },
  );
  const result: LoadedFile & { stored: number } = JSON.parse(stdout);
  const { rows } = await pool.query<{ count: string }>('select count(*) from public.audit_event');
  if (result.stored !== events || Number(rows[0]?.count) !== events) {
    throw new Error(`${events} events were written, ${result.stored} loaded, ${rows[0]?.count} are there`);
  }
  return result;
}

const halves = [0, 1];

/** Writes the loaded rows as COPY takes them, one file for each stream. */
async function writeRows(pool: Pool, folder: string): Promise<void> {
  for (const half of halves) {
    await withClient(pool, (client) =>
      pipeline(
        client.query(copyTo(`copy (select ${columns} from public.audit_event where id % 2 = ${half}) to stdout`)),
        createWriteStream(join(folder, `rows.${half}`)),
      ),
    );
  }
}

/** Returns how many seconds it took. */
async function copyRows(pool: Pool, folder: string, events: number): Promise<number> {
  await pool.query('create table raw_event (like public.audit_event including defaults, primary key (id))');
  const started = performance.now();
  await Promise.all(
    halves.map((half) =>
      withClient(pool, (client) =>
        pipeline(
          createReadStream(join(folder, `rows.${half}`), { highWaterMark: 128 * 1024 }),
          client.query(copyFrom(`copy raw_event (${columns}) from stdin`)),
        ),
      ),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const { rows } = await pool.query<{ count: string }>('select count(*) from raw_event');
  if (Number(rows[0]?.count) !== events) throw new Error(`${rows[0]?.count} rows were copied, not ${events}`);
  return seconds;
}

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Pool, withClient } from '@snoop/snoopdb';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { type BenchServer, checkStored, startBenchServer } from './bench-server.ts';
import { readServerProcessorMs } from './process-figures.ts';
import { measureProcessorTime, type ProcessorTime } from './processor-time.ts';
import { withAuditlogger } from './program.ts';
import { type Sender, startSender } from './sender.ts';

const eventsPerBody = 400;
const connections = 8;
const roundCount = 3;
/** Before the clock runs: code is compiled, connections are open, hits and user agents are known. */
const warmUpBodies = 40;

interface Round {
  eventsPerSecond: number;
  processor: ProcessorTime;
}

/** What COPY of the same rows takes. */
interface CopyRound {
  eventsPerSecond: number;
  /** Of PostgreSQL, in milliseconds for 1,000 events. */
  processor: number;
}

/**
 * Sends bodies of 400 events as fast as they are stored, and copies the very same rows, as COPY text over one
 * connection, into the very same table of another database; in turns.
 */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const bodies = small ? 80 : 500;
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-'));
  const file = join(folder, 'rows');
  const server = await startBenchServer();
  const sender = startSender(server.endpoints);
  try {
    const { sent, copied } = await withAuditlogger(server, 'sent', ({ pid, url }, pool) =>
      takeTurns(server, { sender, pid, url, pool, bodies, file }),
    );
    const median = (values: readonly number[]): number => percentile(values, 0.5);
    const rates = sent.map((round) => round.eventsPerSecond);
    const processorMs = sent.map((round) => round.processor.auditlogger + round.processor.postgres);
    const copyRates = copied.map((round) => round.eventsPerSecond);
    const copyMs = copied.map((round) => round.processor);
    const list = (values: readonly number[], digits = 0): string =>
      values.map((value) => value.toFixed(digits)).join(' ');
    return {
      figures: [
        {
          what: 'events at 400 a request, against one stream of COPY text',
          measured: median(rates) / median(copyRates),
          unit: 'times',
          target: 1,
          floor: 0.6,
          better: 'more',
        },
        {
          what: "processor of auditlogger and PostgreSQL, against PostgreSQL's for that COPY",
          measured: median(processorMs) / median(copyMs),
          unit: 'times',
          target: 2,
          floor: 4,
          better: 'less',
        },
      ],
      notes: [
        `${bodies * eventsPerBody} events over ${connections} connections, all stored once: ${list(rates)} events/s`,
        `COPY text of the same rows: ${list(copyRates)} events/s; processor for 1,000 events, ms: ${list(copyMs, 1)}`,
        `processor for 1,000 events, ms: ${list(processorMs, 1)}; of it the auditlogger ${list(
          sent.map((round) => round.processor.auditlogger),
          1,
        )}; beside it the sender ${list(
          sent.map((round) => round.processor.sender),
          1,
        )}`,
      ],
    };
  } finally {
    await sender.stop();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Turns {
  sender: Sender;
  pid: number;
  url: string;
  pool: Pool;
  bodies: number;
  /** For the rows of the first round, which are what is copied. */
  file: string;
}

async function takeTurns(
  server: BenchServer,
  { sender, pid, url, pool, bodies, file }: Turns,
): Promise<{ sent: Round[]; copied: CopyRound[] }> {
  const job = { url, eventsPerBody, connections };
  const all = [await sender.send({ ...job, bodies: warmUpBodies })];
  const rounds: { sent: Round[]; copied: CopyRound[] } = { sent: [], copied: [] };
  const send = async (): Promise<void> => {
    const processes = { auditlogger: pid, postmaster: server.postmaster };
    const { sent, processor } = await measureProcessorTime(processes, () => sender.send({ ...job, bodies }));
    all.push(sent);
    await checkStored(pool, all);
    if (rounds.sent.length === 0) await writeRows(pool, file, sent.firstNumber);
    rounds.sent.push({ eventsPerSecond: sent.events / sent.seconds, processor });
  };
  const copy = async (): Promise<void> => {
    const name = `copied_${rounds.copied.length}`;
    rounds.copied.push(await copyRows(server, name, file, bodies * eventsPerBody));
  };
  for (let round = 0; round < roundCount; round += 1) {
    // Alternates, since the disk may be busier for the second one.
    for (const step of round % 2 === 0 ? [send, copy] : [copy, send]) {
      await server.checkpoint();
      await step();
    }
  }
  return rounds;
}

/** As COPY takes them: all columns. */
async function writeRows(pool: Pool, file: string, firstNumber: number): Promise<void> {
  const first = firstNumber.toString(16).padStart(8, '0');
  await withClient(pool, (client) =>
    pipeline(
      client.query(copyTo(`copy (select * from testing.held_event where audit_id >= '${first}') to stdout`)),
      createWriteStream(file),
    ),
  );
}

async function copyRows(server: BenchServer, database: string, file: string, events: number): Promise<CopyRound> {
  const { pool } = await server.createDatabase(database);
  // The connection is there before the clock runs.
  await pool.query('select from testing.held_event limit 1');
  const processorBefore = readServerProcessorMs(server.postmaster);
  const started = performance.now();
  await withClient(pool, (client) =>
    pipeline(
      createReadStream(file, { highWaterMark: 128 * 1024 }),
      client.query(copyFrom('copy testing.held_event from stdin')),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const processorMs = readServerProcessorMs(server.postmaster) - processorBefore;
  const { rows } = await pool.query<{ count: string }>('select count(*) from testing.held_event');
  if (Number(rows[0]?.count) !== events) throw new Error(`${rows[0]?.count} rows were copied, not ${events}`);
  await pool.end();
  return { eventsPerSecond: events / seconds, processor: processorMs / (events / 1000) };
}

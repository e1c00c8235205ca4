import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from '@snoop/snoopdb';
import { type Attack, runAttack } from '../../attack/attacks.ts';
import type { Answers } from '../../attack/exchange.ts';
import { podMebibytes, readMemory } from '../../auditlogger/support/memory.ts';
import type { RunningAuditlogger } from '../../tools/auditlogger-process.ts';
import type { BenchServer } from '../auditlogger/bench-server.ts';
import { type Sender, startSender } from '../auditlogger/sender.ts';
import type { Sent } from '../auditlogger/sending/order.ts';
import type { Figure, Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { type PodSized, withPodSized } from './pod-sized.ts';

const perSecond = 30;
const eventsPerBody = 50;
/** A normal sender that is not through so long after its time is taken not to get through at all. */
const longestMs = 60_000;

interface Round {
  readonly quiet: Sent;
  readonly beside: Sent;
  readonly answers: Answers;
}

interface Found {
  readonly done: Round[];
  peakMiB: number;
  /** Why there are no more rounds; null: they are all there. */
  trouble: string | null;
}

/**
 * Measures the p99 of a sender of ordinary bodies beside an attack, and just before it on the same program, in the memory
 * that a Pod has. A program that the attack kills is a figure too: then the p99 has no end.
 */
export async function measureBeside(
  server: BenchServer,
  { name, attack, small }: { name: string; attack: Attack; small: boolean },
): Promise<Measurement> {
  // The p99 of a small run is the second longest of 120 requests, and hangs on what else the machine does: 3 to 54 times
  // were seen of one and the same program. It shows a sender that does not get through, and no more.
  const [rounds, seconds, floor] = small ? [1, 4, 100] : [3, 15, 10];
  const found: Found = { done: [], peakMiB: 0, trouble: null };
  const sender = startSender(server.endpoints);
  try {
    await withPodSized(server, `attack_${databases++}`, 'benchmark', (pod) =>
      Promise.race([
        sendRounds(pod, sender, { attack, rounds, seconds, found }),
        failAtEnd(pod),
        failLate(rounds * 2 * seconds * 1000 + longestMs),
      ]),
    );
  } catch (error) {
    found.trouble = error instanceof Error ? error.message : String(error);
  } finally {
    await sender.stop();
  }
  return describe(name, attack, { seconds, floor }, found);
}
let databases = 0;

async function sendRounds(
  pod: PodSized,
  sender: Sender,
  { attack, rounds, seconds, found }: { attack: Attack; rounds: number; seconds: number; found: Found },
): Promise<void> {
  const { program, pool } = pod;
  const job = { url: program.url, eventsPerBody };
  const sent = [await sender.send({ ...job, bodies: 40, connections: 2 })];
  while (found.done.length < rounds) {
    const timed = { ...job, bodies: perSecond * seconds, perSecond };
    const quiet = await sender.send(timed);
    const round = { quiet, ...(await sendBeside(attack, program, sender, timed)) };
    found.done.push(round);
    const peakMiB = readMemory(program.pid, 'VmHWM');
    if (peakMiB === null) return failAtEnd(pod);
    found.peakMiB = peakMiB;
    sent.push(round.quiet, round.beside);
  }
  await checkNormal(pool, sent);
}

async function failAtEnd({ program, isOutOfMemory }: PodSized): Promise<never> {
  const { exitCode, signal, stderr } = await program.ended;
  const why = (await isOutOfMemory()) ? `it took more than ${podMebibytes} MiB` : stderr.trim().split('\n').at(-1);
  throw new Error(`the attack ended the auditlogger: ${signal ?? `exit code ${exitCode}`}, ${why}`);
}

async function sendBeside(
  attack: Attack,
  { url }: RunningAuditlogger,
  sender: Sender,
  job: Parameters<Sender['send']>[0],
): Promise<{ beside: Sent; answers: Answers }> {
  const enough = new AbortController();
  const attacking = runAttack(attack, url, enough.signal);
  try {
    const beside = await sender.send(job);
    enough.abort();
    return { beside, answers: await attacking };
  } finally {
    enough.abort();
  }
}

async function failLate(ms: number): Promise<never> {
  await wait(ms, undefined, { ref: false });
  throw new Error(`the normal sender did not get through: it was not done after ${ms / 1000} s`);
}

/** @throws Error unless each event of the normal sender is there once */
async function checkNormal(pool: Pool, jobs: readonly Sent[]): Promise<void> {
  const { rows } = await pool.query<{ found: number; different: number }>(
    `select count(*)::integer as found, count(distinct audit_id)::integer as different from testing.held_event
      where source = 'benchmark' and audit_id ~ '^[0-9a-f]{8}-4000-8000-[0-9a-f]{8}$'`,
  );
  const events = jobs.reduce((total, job) => total + job.events, 0);
  const { found, different } = rows[0] ?? {};
  if (found !== events || different !== events) {
    throw new Error(
      `the normal sender's ${events} events were answered 200, and ${found} are stored, ${different} different`,
    );
  }
}

function describe(
  name: string,
  attack: Attack,
  { seconds, floor }: { seconds: number; floor: number },
  { done, peakMiB, trouble }: Found,
): Measurement {
  const quiet = done.flatMap((round) => round.quiet.latenciesMs);
  const beside = done.flatMap((round) => round.beside.latenciesMs);
  const ratio = trouble === null ? percentile(beside, 0.99) / percentile(quiet, 0.99) : Number.POSITIVE_INFINITY;
  const times = (values: readonly number[]): string =>
    `p50 ${percentile(values, 0.5).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)}, longest ${Math.max(...values).toFixed(1)} ms`;
  const figure: Figure = {
    what: `a normal sender's p99 beside ${name}, to that without`,
    measured: ratio,
    unit: 'times',
    target: 3,
    floor,
    better: 'less',
  };
  const notes = trouble === null ? [] : [trouble];
  if (done.length > 0) {
    const answers = done.map((round) => JSON.stringify(round.answers)).join(' ');
    notes.push(
      `${done.length} rounds of ${seconds} s, ${perSecond} bodies/s × ${eventsPerBody} events: without ${times(quiet)}`,
      `beside ${attack.what}: ${times(beside)}`,
      `answers to the attack: ${answers}; peak memory of the auditlogger ${peakMiB.toFixed(0)} MiB`,
    );
  }
  return { figures: [figure], notes };
}

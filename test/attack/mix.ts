import { setTimeout as wait } from 'node:timers/promises';
import { type Pool, withUpkeepLock } from '@snoop/snoopdb';
import { pickNumber, type Random } from '@snoop/snoopdb/test-random';
import { makeBodyOfNewTest } from '../tools/bodies.ts';
import type { RunningAuditlogger } from '../tools/auditlogger-process.ts';
import { createChecker } from '../tools/checker.ts';
import { startLoad } from '../tools/load.ts';
import { type Answers, countAnswers, Wire } from './exchange.ts';
import { makeMove } from './moves.ts';

export interface MixOptions {
  readonly program: Pick<RunningAuditlogger, 'url' | 'ended'>;
  /** Of the database that it stores into; nothing was sent to it before. */
  readonly pool: Pool;
  readonly durationMs: number;
  /** Each stream is a generator of its own: what one attacker does next must not depend on when the others do it. */
  readonly createRandom: (stream: number) => Random;
}

export interface MixReport {
  /** By kind of move. */
  readonly answers: Readonly<Record<string, Answers>>;
  readonly moves: number;
  /** Bodies of the normal sender, all of which were answered 200 in the end. */
  readonly normalBodies: number;
  readonly normalP99Ms: number;
}

const attackers = 6;
/** The attackers' sizes are bounded all together, as the checker holds what may be stored until it is compared. */
const firstBytes = 120_000_000;
const bytesPerSecond = 500_000;
/** Nobody waits for longer; the program's own times are shorter. */
const longestMs = 60_000;
const normal = { perSecond: 2, events: 50 };

/**
 * All kinds of attacks at random beside a normal sender, then the comparison of what was acknowledged with what is there.
 * @throws Error when the program ends, when there is an answer 5xx other than 503, or when what is stored is not what was
 *   acknowledged
 */
export async function runMix(options: MixOptions): Promise<MixReport> {
  const { program, pool, durationMs, createRandom } = options;
  const { url } = program;
  const checker = createChecker();
  const answers: Record<string, Answers> = {};
  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  /** Ends everything when something went wrong. */
  const over = new AbortController();
  const isGoingOn = (): boolean => !over.signal.aborted && elapsedMs() < durationMs;
  const fallen = program.ended.then(({ exitCode, signal, stderr }): never => {
    throw new Error(`The auditlogger ended: ${signal ?? `exit code ${exitCode}`}.\n${stderr}`);
  });
  const load = startLoad({
    url: `${url}/events`,
    pace: { kind: 'open', perSecond: normal.perSecond },
    nextBody: () => (isGoingOn() ? makeBodyOfNewTest(normal.events) : null),
    repeat: 'until stored',
    witness: checker,
  });
  let told = 0;
  let moves = 0;

  const attackOn = async (random: Random): Promise<void> => {
    const wire = new Wire(url);
    while (isGoingOn()) {
      const { kind, move } = makeMove(random);
      const { body, source } = move;
      // Some go away in the middle.
      const staysMs = random() < 0.1 ? pickNumber(random, 500) : longestMs;
      if (body !== undefined) {
        if (told + body.length > firstBytes + (elapsedMs() / 1000) * bytesPerSecond) {
          // Not now: what is small comes through soon.
          await wait(5);
          continue;
        }
        told += body.length;
        checker.sent(body, source);
      }
      moves++;
      const statuses = await wire.exchange({ staysMs, ...move }, over.signal);
      const counts = answers[kind] ?? {};
      answers[kind] = counts;
      countAnswers(counts, statuses);
      if (statuses.length < move.answers) countAnswers(counts, ['none']);
      const fault = statuses.find((status) => status.startsWith('5') && status !== '503');
      if (fault !== undefined) throw new Error(`'${kind}', move ${moves}, was answered ${fault}.`);
      if (body !== undefined && statuses[0] === '200') checker.acknowledged(body, source);
    }
    wire.close();
  };

  const goOn = async (): Promise<MixReport> => {
    await Promise.all(Array.from({ length: attackers }, (_, stream) => attackOn(createRandom(stream))));
    const { acknowledged, latency } = await load.done;
    await awaitIdle(url);
    await checker.check(pool);
    return { answers, moves, normalBodies: acknowledged, normalP99Ms: latency.p99 };
  };
  try {
    // The oldest of many rejected events would be removed, and be missed.
    const going = withUpkeepLock(pool, 'wait', undefined, goOn);
    const report = await Promise.race([going, fallen]);
    if (report === null) throw new Error('The upkeep of the live table could not be kept away.');
    return report;
  } finally {
    over.abort();
    await load.stop();
  }
}

/** Waits until no body is under way any more. */
async function awaitIdle(url: string): Promise<void> {
  for (let idle = 0; idle < 2; ) {
    const text = await (await fetch(`${url}/metrics`)).text();
    idle = /^snoop_auditlogger_queue_bodies 0$/m.test(text) ? idle + 1 : 0;
    // The figures may be a second old.
    await wait(1500);
  }
}

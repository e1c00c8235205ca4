import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestRandom, pick, pickNumber } from '@snoop/snoopdb/test-random';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from '../tools/bodies.ts';
import { createChecker } from '../tools/checker.ts';
import { makeServer, prepareDatabase } from '../tools/database.ts';
import { startLoad } from '../tools/load.ts';
import { type RunningAuditlogger, startAuditlogger } from '../tools/program.ts';

const patience = { timeout: 180_000, interval: 5 };
/** So many events go alone, and as a stream. */
const manyEvents = 6000;
const rounds = ['fast', 'immediate', 'fast', 'immediate'] as const;

test('with a spool: four outages of the database, the program killed meanwhile and during the replay', async () => {
  const random = createTestRandom();
  const server = await makeServer();
  await prepareDatabase(server.pool);
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let auditlogger = await startAuditlogger(server.url, ['--spool', folder]);
  const { host } = new URL(auditlogger.url);
  const killAndStart = async (): Promise<void> => {
    await auditlogger.kill();
    auditlogger = await startAuditlogger(server.url, ['--spool', folder, '--listen', host]);
  };

  const checker = createChecker();
  let largeDue = 1;
  const load = startLoad({
    url: `http://${host}/events`,
    pace: { kind: 'open', perSecond: 80 },
    nextBody() {
      const isLarge = largeDue > 0;
      if (isLarge) largeDue--;
      return makeBody(isLarge ? manyEvents : pick(random, [1, 1, 1, 1, 1, 1, 1, 1, 400]));
    },
    repeat: 'until stored',
    witness: checker,
  });
  onTestFinished(() => void load.stop());
  const awaitAcknowledged = async (more: number): Promise<void> => {
    const enough = load.acknowledged + more;
    await vi.waitFor(() => {
      const said = `answers: ${JSON.stringify(load.answers)}, log: ${auditlogger.log().slice(-2000)}`;
      expect(load.acknowledged, said).toBeGreaterThanOrEqual(enough);
    }, patience);
  };

  let leftByKilled = 0;
  for (const mode of rounds) {
    await awaitAcknowledged(20);
    // A random moment, which no fact announces; so is the next one.
    await wait(random() * 100);
    await server.stop(mode);
    largeDue = 1;
    await vi.waitFor(async () => expect((await readSpool(auditlogger)).bytes).toBeGreaterThan(8 * 1024 ** 2), patience);
    await awaitAcknowledged(20 + pickNumber(random, 50));
    await killAndStart();
    await awaitAcknowledged(60);
    await wait(random() * 100);

    await server.start();
    const enough = 1 + pickNumber(random, 40);
    await vi.waitFor(async () => expect(await countReplayed(auditlogger)).toBeGreaterThanOrEqual(enough), {
      ...patience,
      interval: 1,
    });
    await killAndStart();
    leftByKilled += (await readSpool(auditlogger)).bodies;
  }
  expect(leftByKilled, 'it was killed in mid-replay').toBeGreaterThan(0);
  await awaitAcknowledged(20);
  await load.stop();
  await vi.waitFor(async () => expect(await readSpool(auditlogger)).toEqual({ bodies: 0, bytes: 0 }), patience);
  auditlogger.signal('SIGTERM');
  expect(await auditlogger.ended).toMatchObject({ exitCode: 0, stderr: '' });
  await checker.check(server.pool);
});

async function readSpool(auditlogger: RunningAuditlogger): Promise<{ bodies: number; bytes: number }> {
  const answer = await ask(auditlogger, '/readyz');
  const { spool } = (await answer.json()) as { spool: { bodies: number; bytes: number } };
  return { bodies: spool.bodies, bytes: spool.bytes };
}

async function countReplayed(auditlogger: RunningAuditlogger): Promise<number> {
  const text = await (await ask(auditlogger, '/metrics')).text();
  return Number(/^snoop_auditlogger_spool_replayed_total (\d+)$/m.exec(text)?.[1]);
}

/**
 * Asks again when the connection is cut: with too many at once the program lets those go that were never answered.
 * @throws Error with what the program said last when it has ended, or does not answer at all
 */
async function ask({ url, log, ended }: RunningAuditlogger, path: string): Promise<Response> {
  const deadline = AbortSignal.timeout(patience.timeout);
  for (;;) {
    try {
      return await fetch(`${url}${path}`, { headers: { accept: 'application/json' } });
    } catch (cause) {
      const end = await Promise.race([ended, null]);
      if (end === null && !deadline.aborted) continue;
      const how = end === null ? '(it runs)' : `ended with ${end.exitCode}, ${end.signal}: ${end.stderr}`;
      throw new Error(`${path} was not answered: ${log().slice(-2000)} ${how}`, { cause });
    }
  }
}

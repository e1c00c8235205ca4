import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from '@snoop/snoopdb';
import { podMebibytes } from '../../auditlogger/support/memory.ts';
import { launchAuditlogger, type RunningAuditlogger } from '../../tools/auditlogger-process.ts';
import { makeMemoryGroup, noMemoryGroup } from '../../tools/memory-group.ts';
import type { BenchServer } from '../auditlogger/bench-server.ts';

const readyPollMs = 20;

/** An auditlogger that is ready, in the memory that a Pod of the manifests has. */
export interface PodSized {
  readonly program: RunningAuditlogger;
  readonly pool: Pool;
  /** Whether the kernel has ended it since it took more. */
  isOutOfMemory(): Promise<boolean>;
}

/** Runs an auditlogger on a database of its own for as long as `use` takes; it may have ended by itself then. */
export async function withPodSized<T>(
  server: BenchServer,
  database: string,
  source: string,
  use: (pod: PodSized) => Promise<T>,
): Promise<T> {
  const { pool, url } = await server.createDatabase(database);
  const group = await makeMemoryGroup(podMebibytes);
  if (group === null) console.log(noMemoryGroup);
  try {
    const program = await launchAuditlogger(url, ['--source', source], {}, group);
    const onExit = (): void => program.signal('SIGKILL');
    process.once('exit', onExit);
    try {
      while (!(await fetch(`${program.url}/readyz`)).ok) await wait(readyPollMs);
      const isOutOfMemory = async (): Promise<boolean> => ((await group?.countKills()) ?? 0) > 0;
      return await use({ program, pool, isOutOfMemory });
    } finally {
      await program.kill();
      process.off('exit', onExit);
    }
  } finally {
    await group?.remove();
    await pool.end();
  }
}

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { openSpool, type Spool } from '../../src/spool/spool.ts';

const mib = 1024 * 1024;

/** A folder of the test's own, removed after it. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Its spool, closed with the test. */
export async function open(folder: string, maxBytes = 100 * mib, patienceMs?: number): Promise<Spool> {
  const spool = await openSpool({
    folder,
    maxBytes,
    log: pino({ level: 'silent' }),
    ...(patienceMs === undefined ? {} : { lockTimeoutMs: patienceMs }),
  });
  onTestFinished(() => spool.close());
  return spool;
}

export function append(spool: Spool, body: Buffer, source = 'cluster'): Promise<void> {
  return spool.append(body, { source, sha256: createHash('sha256').update(body).digest() });
}

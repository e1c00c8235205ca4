import type { Pool } from '@snoop/snoopdb';
import { expect, vi } from 'vitest';
import { makeDatabase } from './database.ts';
import { type RunningProgram, startProgram } from './program.ts';

/** Longer than anything that tests wait for takes on a busy machine. */
export const patience = { timeout: 90_000 };

/** The program with a database of the test's own, once it takes events. */
export async function startReady(args: readonly string[] = []): Promise<{ program: RunningProgram; pool: Pool }> {
  const { url, pool } = await makeDatabase();
  const program = await startProgram(url, args);
  await vi.waitFor(async () => expect((await fetch(`${program.url}/readyz`)).status).toBe(200), patience);
  return { program, pool };
}

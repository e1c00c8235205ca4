import { expect, onTestFinished, vi } from 'vitest';
import { launchAuditlogger, type RunningAuditlogger } from './auditlogger-process.ts';
import type { RunningLoad } from './load.ts';
import { makeMemoryGroup, noMemoryGroup } from './memory-group.ts';

export type { EndedAuditlogger, RunningAuditlogger } from './auditlogger-process.ts';

/**
 * {@link launchAuditlogger} for tests: it is killed when the test ends before it does. That it fell over by itself (Node
 * ends a program with 1 for an error that nobody caught; its own codes are others) fails any test.
 * @param args flags beside --database-url and a free port; `--listen` among them beats the latter
 * @param memoryMebibytes holds the program within so much memory, as a Pod does, where a control group can be made
 */
export async function startAuditlogger(
  databaseUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  memoryMebibytes: number | null = null,
): Promise<RunningAuditlogger> {
  const group = memoryMebibytes === null ? null : await makeMemoryGroup(memoryMebibytes);
  if (memoryMebibytes !== null && group === null) console.log(noMemoryGroup);
  const running = await launchAuditlogger(databaseUrl, args, env, group);
  onTestFinished(async () => {
    await running.kill();
    const { exitCode, stderr } = await running.ended;
    const kills = await group?.countKills();
    await group?.remove();
    expect(exitCode, stderr).not.toBe(1);
    expect(kills ?? 0, `processes killed since they took more than ${memoryMebibytes} MiB`).toBe(0);
  });
  return running;
}

/** Far longer than anything takes that works. */
export const patience = { timeout: 90_000, interval: 20 };

/** Waits until it says that it takes bodies. */
export async function awaitReady({ url }: { readonly url: string }): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), patience);
}

/**
 * Waits until so many bodies more are stored than were; when that takes too long, says what came back instead and what
 * was logged.
 */
export async function awaitMore(load: RunningLoad, auditlogger: RunningAuditlogger, bodies = 1): Promise<void> {
  const before = load.acknowledged;
  await vi.waitFor(() => {
    const said = `answers: ${JSON.stringify(load.answers)}, log: ${auditlogger.log().slice(-2000)}`;
    expect(load.acknowledged, said).toBeGreaterThanOrEqual(before + bodies);
  }, patience);
}

/** Sends one body as the webhook does, to the auditlogger's /events or to another path of it. */
export function sendBody(
  to: { readonly url: string },
  body: string | Buffer,
  options: { path?: string; headers?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<Response> {
  const { path = '/events', headers = {}, signal } = options;
  return fetch(`${to.url}${path}?timeout=30s`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal ? { signal } : {}),
  });
}

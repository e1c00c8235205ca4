import { onTestFinished } from 'vitest';
import { launchAuditlogger, type RunningAuditlogger } from './auditlogger-process.ts';

export type { EndedAuditlogger, RunningAuditlogger } from './auditlogger-process.ts';

/**
 * {@link launchAuditlogger} for tests: it is killed when the test ends before it does.
 * @param args flags beside --database-url and a free port; `--listen` among them beats the latter
 */
export async function startAuditlogger(
  databaseUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningAuditlogger> {
  const running = await launchAuditlogger(databaseUrl, args, env);
  onTestFinished(() => running.kill());
  return running;
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

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { issue } from './support/certificates.ts';
import { startProgram } from './support/program.ts';

const healthcheck = fileURLToPath(new URL('../container/healthcheck.mjs', import.meta.url));
/** Nobody is there; the program is healthy all the same. */
const nowhere = 'postgresql://127.0.0.1:1/nowhere';

function check(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [healthcheck, ...args], { env });
    child.once('close', (exitCode) => resolve(exitCode ?? -1));
  });
}

test('the health check of the image works over HTTP and TLS, on the configured port', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-health-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { cert, key } = issue('auditlogger', null);
  await writeFile(join(folder, 'server.crt'), cert);
  await writeFile(join(folder, 'server.key'), key);
  const tls = ['--tls-cert-file', join(folder, 'server.crt'), '--tls-key-file', join(folder, 'server.key')];
  for (const args of [[], tls]) {
    const { url, signal, ended } = await startProgram(nowhere, args);
    const { host, port } = new URL(url);
    expect(await check([port])).toBe(0);
    expect(await check([], { SNOOP_LISTEN: host })).toBe(0);
    signal('SIGTERM');
    await ended;
    expect(await check([port])).toBe(1);
  }
});

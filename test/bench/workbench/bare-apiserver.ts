import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A second API server of a local control plane: the same program, etcd and flags, without audit. */
export interface BareApiserver {
  /** Like the control plane's, with the address of this server. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** @param folder the state folder of a control plane that runs */
export async function startBareApiserver(folder: string): Promise<BareApiserver> {
  const { parts, programs } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
  const { path } = programs.apiserver;
  // The flags of the one that runs, so that nothing else differs.
  const [, ...flags] = readFileSync(`/proc/${parts['kube-apiserver'].pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const port = await findFreePort();
  const args = flags
    .filter((flag) => !flag.startsWith('--audit-'))
    .map((flag) => (flag.startsWith('--secure-port=') ? `--secure-port=${port}` : flag));
  if (args.length === flags.length) throw new Error(`The API server has no audit flags: ${flags.join(' ')}`);
  const log = openSync(join(folder, 'bare-apiserver.log'), 'a');
  const child = spawn(path, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'exit');
  const kubeconfig = join(folder, 'bare-kubeconfig');
  const text = readFileSync(join(folder, 'kubeconfig'), 'utf8');
  writeFileSync(kubeconfig, text.replace(/server: .*/, `server: https://127.0.0.1:${port}`), { mode: 0o600 });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  };
  try {
    await waitUntilReady(port, () => child.exitCode !== null);
    return { kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

async function waitUntilReady(port: number, hasEnded: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (hasEnded()) throw new Error('The API server without audit ended; its log is bare-apiserver.log.');
    if (await isReady(port)) return;
    await wait(200);
  }
  throw new Error('The API server without audit is not ready after a minute.');
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Anonymous, and on loopback.
    get({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

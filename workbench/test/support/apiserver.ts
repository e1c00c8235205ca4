import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ports } from '../../src/control-plane/ports.ts';
import { findPrograms } from '../../src/control-plane/programs/find-programs.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { defaultRelease } from '../../src/release.ts';

/** A program that runs until the test ends. */
export interface StartedProgram {
  /** Its output so far. */
  said(): string;
  readonly closed: Promise<unknown>;
  /** Kills it now. */
  stop(): Promise<void>;
}

export function startProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): StartedProgram {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const closed = new Promise((resolve) => child.once('close', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  onTestFinished(stop);
  return { said: () => said, closed, stop };
}

export function startAuditlogger(flags: readonly string[], databaseUrl: string): StartedProgram {
  const folder = dirname(createRequire(import.meta.url).resolve('@snoop/auditlogger/package.json'));
  return startProgram(process.execPath, [join(folder, 'bin/auditlogger.js'), ...flags], { DATABASE_URL: databaseUrl });
}

export function findControlPlanePrograms(): ReturnType<typeof findPrograms> {
  return findPrograms({
    release: defaultRelease,
    etcdData: null,
    environment: readEnvironment(),
    progress: silentProgress,
    signal: new AbortController().signal,
  });
}

/** Starts etcd and a kube-apiserver with the test's flags, including its authorization mode. */
export async function startApiserver(folder: string, ports: Ports, flags: readonly string[]): Promise<StartedProgram> {
  const { etcd, apiserver } = await findControlPlanePrograms();
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  const clients = `http://127.0.0.1:${ports.etcd}`;
  startProgram(etcd.path, [
    ...[`--data-dir=${join(folder, 'etcd')}`, '--name=one', '--unsafe-no-fsync', '--log-level=error'],
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=one=${peers}`],
  ]);
  const key = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  mkdirSync(join(folder, 'certs'));
  return startProgram(apiserver.path, [
    ...[`--etcd-servers=${clients}`, `--secure-port=${ports.apiserver}`, '--bind-address=127.0.0.1'],
    ...['--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', `--cert-dir=${join(folder, 'certs')}`],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, '--service-cluster-ip-range=10.0.0.0/24', ...flags],
  ]);
}

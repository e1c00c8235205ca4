import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type AuditloggerAddress, probeAuditlogger } from '../evidence/auditlogger-state.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';

export function auditloggerUrl(ports: Ports): string {
  return `https://127.0.0.1:${ports.auditlogger}`;
}

/** Its address, and the token file to ask for its status. */
export function locateAuditlogger(layout: Layout, url: string): AuditloggerAddress {
  return { url, caFile: layout.partCa, tokenFile: layout.statusToken };
}

/** @param databaseUrl goes into the environment, since every user can read a command line */
export function describeAuditlogger(
  layout: Layout,
  ports: Ports,
  source: string,
  databaseUrl: string,
  environment: Readonly<Record<string, string>>,
): Part {
  const program = join(
    dirname(createRequire(import.meta.url).resolve('@snoop/auditlogger/package.json')),
    'bin',
    'auditlogger.js',
  );
  return {
    name: 'auditlogger',
    program: process.execPath,
    // Its garbage is short-lived: a small young generation saves about a quarter of its memory.
    args: [
      '--max-semi-space-size=2',
      program,
      ...['--listen', `127.0.0.1:${ports.auditlogger}`, '--source', source],
      ...['--tls-cert-file', layout.auditloggerServer.certificate, '--tls-key-file', layout.auditloggerServer.key],
      // Events are evidence: only the kube-apiserver may send any.
      ...['--token-file', layout.auditloggerToken, '--status-token-file', layout.statusToken],
    ],
    env: { ...environment, DATABASE_URL: databaseUrl },
    logFile: layout.log('auditlogger'),
    isReady: async () => (await probeAuditlogger(locateAuditlogger(layout, auditloggerUrl(ports)))) === null,
    startTimeoutMs: 60_000,
    stopTimeoutMs: 12_000,
  };
}

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@snoop/snoopdb';
import { listApiserverFlags } from '../sink/apiserver-flags.ts';
import { auditPolicy } from '../sink/policy.ts';
import { formatSinkKubeconfig } from '../sink/sink-kubeconfig.ts';
import { auditloggerUrl } from './auditlogger.ts';
import type { Layout } from './layout.ts';
import type { Ports } from './ports.ts';

/** Writes the audit policy and the sink kubeconfig of our auditlogger. */
export function writeAuditConfig(layout: Layout, ports: Ports): void {
  mkdirSync(dirname(layout.auditPolicy), { recursive: true, mode: 0o700 });
  writeFileAtomically(layout.auditPolicy, auditPolicy);
  const sink = formatSinkKubeconfig(`${auditloggerUrl(ports)}/events`, {
    kind: 'files',
    ca: layout.partCa,
    client: { kind: 'token', token: layout.auditloggerToken },
  });
  writeFileAtomically(layout.auditSink, sink);
}

export function listAuditFlags(layout: Layout): string[] {
  return listApiserverFlags({ policy: layout.auditPolicy, kubeconfig: layout.auditSink });
}

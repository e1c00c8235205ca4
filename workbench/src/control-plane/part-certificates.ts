import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFileAtomically } from '@snoop/snoopdb';
import { type CertificateAndKey, createCa } from '../sink/certificates.ts';
import type { CertificateFiles, Layout } from './layout.ts';

/** Longer than any control plane runs; every start creates new ones. */
const days = 10 * 366;

/**
 * Creates certificates for the parts: every user of the machine can reach their ports, but only the kube-apiserver
 * may use etcd and send events. The CA's key is never written, so no other certificate can be issued.
 */
export async function writePartCertificates(layout: Layout): Promise<void> {
  const ca = await createCa(days, 'snoop control plane');
  const names = ['127.0.0.1'];
  mkdirSync(layout.partCerts, { recursive: true, mode: 0o700 });
  writeFileAtomically(layout.partCa, ca.certificate);
  write(layout.etcdServer, await ca.issue({ commonName: 'etcd', usage: 'server', names, days }));
  write(layout.etcdClient, await ca.issue({ commonName: 'kube-apiserver', usage: 'client', days }));
  write(layout.auditloggerServer, await ca.issue({ commonName: 'auditlogger', usage: 'server', names, days }));
  write(layout.kubeletServer, await ca.issue({ commonName: 'kubelet', usage: 'server', names, days }));
  // No client certificate here: the auditlogger would accept any client of this CA, and users can use the token, too.
  writeFileAtomically(layout.auditloggerToken, `${randomBytes(32).toString('hex')}\n`);
}

function write(files: CertificateFiles, { certificate, key }: CertificateAndKey): void {
  writeFileAtomically(files.certificate, certificate);
  writeFileAtomically(files.key, key);
}

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFileAtomically } from '@snoop/snoopdb';
import { type CertificateAndKey, createAuthority } from '../sink/certificates.ts';
import type { CertificateFiles, Layout } from './layout.ts';

/** No control plane runs for longer, and every start makes new ones. */
const days = 10 * 366;

/**
 * Makes what the parts know each other by: every user of the machine reaches their ports, and only the kube-apiserver may
 * use etcd and send events. Nobody can issue another certificate, since the authority's key is written nowhere.
 */
export async function writePartCertificates(layout: Layout): Promise<void> {
  const authority = await createAuthority(days, 'snoop control plane');
  const names = ['127.0.0.1'];
  mkdirSync(layout.partCerts, { recursive: true, mode: 0o700 });
  writeFileAtomically(layout.partAuthority, authority.certificate);
  write(layout.etcdServer, await authority.issue({ commonName: 'etcd', usage: 'server', names, days }));
  write(layout.etcdClient, await authority.issue({ commonName: 'kube-apiserver', usage: 'client', days }));
  write(layout.auditloggerServer, await authority.issue({ commonName: 'auditlogger', usage: 'server', names, days }));
  // No client certificate here: the auditlogger would take any client of this authority, and the token is what people can use, too.
  writeFileAtomically(layout.auditloggerToken, `${randomBytes(32).toString('hex')}\n`);
}

function write(files: CertificateFiles, { certificate, key }: CertificateAndKey): void {
  writeFileAtomically(files.certificate, certificate);
  writeFileAtomically(files.key, key);
}

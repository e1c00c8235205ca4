import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeWholeFile } from '@snoop/snoopdb';
import type { CertificateAndKey } from '../sink/certificates.ts';
import type { CertificateFiles, Layout } from './layout.ts';

/** No control plane runs for longer, and every start makes new ones. */
const days = 10 * 366;

/**
 * Makes what the parts know each other by: every user of the machine reaches their ports, and only the kube-apiserver may
 * use etcd and send events. Nobody can issue another certificate, since the authority's key is written nowhere.
 */
export async function writePartCertificates(layout: Layout): Promise<void> {
  // Loaded here: most commands make no certificates, and the library takes its time.
  const { createCa } = await import('../sink/certificates.ts');
  const ca = await createCa(days, 'snoop control plane');
  const names = ['127.0.0.1'];
  mkdirSync(layout.partCerts, { recursive: true, mode: 0o700 });
  writeWholeFile(layout.partCa, ca.certificate);
  write(layout.etcdServer, await ca.issue({ commonName: 'etcd', usage: 'server', names, days }));
  write(layout.etcdClient, await ca.issue({ commonName: 'kube-apiserver', usage: 'client', days }));
  write(layout.auditloggerServer, await ca.issue({ commonName: 'auditlogger', usage: 'server', names, days }));
  // No client certificate here: the auditlogger would take any client of this authority, and the token is what people can use, too.
  writeWholeFile(layout.auditloggerToken, `${randomBytes(32).toString('hex')}\n`);
}

function write(files: CertificateFiles, { certificate, key }: CertificateAndKey): void {
  writeWholeFile(files.certificate, certificate);
  writeWholeFile(files.key, key);
}

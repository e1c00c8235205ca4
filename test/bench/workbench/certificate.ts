import { execFileSync } from 'node:child_process';

/** Makes a certificate for 127.0.0.1 that is its own CA, with openssl. */
export function makeCertificate(certificate: string, key: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1', '-out', certificate, '-keyout', key],
    ],
    { stdio: 'ignore' },
  );
}

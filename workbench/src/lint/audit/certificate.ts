import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { readCertificates } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';

const dayMs = 86_400_000;
const fewDays = 30;

/** The certificates of a PEM text; null when one of them cannot be read, or there is none. */
export function tryReadCertificates(pem: string): X509Certificate[] | null {
  try {
    return readCertificates(pem, 'The text');
  } catch {
    return null;
  }
}

/** Reports a certificate that is not good now, or soon will not be. */
export function checkValidity(certificate: X509Certificate, what: string, line: number | null, report: Report): void {
  const nowMs = Date.now();
  const untilMs = Date.parse(certificate.validTo);
  const renew = "'snoop sink … --force' makes a new one of the same authority.";
  if (untilMs < nowMs) {
    report('error', 'expired', line, `${what} has expired: it was good until ${certificate.validTo}. ${renew}`);
  } else if (Date.parse(certificate.validFrom) > nowMs) {
    const message = `${what} is good only from ${certificate.validFrom} on. Look at the clocks, or make a new one.`;
    report('error', 'not-yet-valid', line, message);
  } else if (untilMs - nowMs < fewDays * dayMs) {
    report('warning', 'expires-soon', line, `${what} expires on ${certificate.validTo}. ${renew}`);
  }
}

/** Whether one of the authorities signed it, or it is one of them. */
export function isSignedBy(certificate: X509Certificate, cas: readonly X509Certificate[]): boolean {
  return cas.some(
    (ca) =>
      ca.fingerprint256 === certificate.fingerprint256 ||
      (certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  );
}

/** Whether a certificate is for this DNS name or address, as Go's TLS asks: by its alternative names only. */
export function isValidFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

const clientUsage = '1.3.6.1.5.5.7.3.2';
const serverUsage = '1.3.6.1.5.5.7.3.1';

/** Whether it may be used so; one that names no usages may be used for all. */
export function hasUsage(certificate: X509Certificate, usage: 'client' | 'server'): boolean {
  const { keyUsage } = certificate;
  return keyUsage === undefined || keyUsage.includes(usage === 'client' ? clientUsage : serverUsage);
}

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { readCertificates } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';

const dayMs = 86_400_000;
const fewDays = 30;

/** Reads the certificates of a PEM text; null when one is unreadable, or there is none. */
export function tryReadCertificates(pem: string): X509Certificate[] | null {
  try {
    return readCertificates(pem, 'The text');
  } catch {
    return null;
  }
}

/** Reports a certificate that is not valid now, or expires soon. */
export function checkValidity(certificate: X509Certificate, what: string, line: number | null, report: Report): void {
  const nowMs = Date.now();
  const untilMs = Date.parse(certificate.validTo);
  const renew = "'snoop sink … --force' issues a new one of the same CA.";
  if (untilMs < nowMs) {
    report('error', 'expired', line, `${what} expired on ${certificate.validTo}. ${renew}`);
  } else if (Date.parse(certificate.validFrom) > nowMs) {
    const message = `${what} is not valid before ${certificate.validFrom}. Check the clocks, or create a new one.`;
    report('error', 'not-yet-valid', line, message);
  } else if (untilMs - nowMs < fewDays * dayMs) {
    report('warning', 'expires-soon', line, `${what} expires on ${certificate.validTo}. ${renew}`);
  }
}

/** Whether one of the CAs signed it, or it is one of them. */
export function isSignedBy(certificate: X509Certificate, cas: readonly X509Certificate[]): boolean {
  return cas.some(
    (ca) =>
      ca.fingerprint256 === certificate.fingerprint256 ||
      (certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  );
}

/** Whether a certificate is valid for a DNS name or address; like Go's TLS, it only uses the alternative names. */
export function isValidFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

const clientUsage = '1.3.6.1.5.5.7.3.2';
const serverUsage = '1.3.6.1.5.5.7.3.1';

/** Whether it may be used so; a certificate without extended key usages may be used for all. */
export function hasUsage(certificate: X509Certificate, usage: 'client' | 'server'): boolean {
  const { keyUsage } = certificate;
  return keyUsage === undefined || keyUsage.includes(usage === 'client' ? clientUsage : serverUsage);
}

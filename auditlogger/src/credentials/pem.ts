import { X509Certificate } from 'node:crypto';
import { toError } from '@snoop/snoopdb';
import type { NamedFile } from './watched-files.ts';

/**
 * The certificates of a PEM file, in their order.
 * @throws Error when there is none, or one that is not whole
 */
export function readCertificates({ flag, path }: NamedFile, pem: Buffer): X509Certificate[] {
  const text = pem.toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const begun = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g) ?? [];
  if (begun.length === 0) {
    throw new Error(
      `${flag} ${path} holds no certificate: a PEM file with -----BEGIN CERTIFICATE----- is wanted${/PRIVATE KEY/.test(text) ? ', and this one holds a key' : ''}.`,
    );
  }
  if (begun.length !== blocks.length) throw new Error(`${flag} ${path} holds a certificate that is not whole.`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(
        `${flag} ${path}: certificate ${index + 1} of ${blocks.length} cannot be read: ${toError(cause).message}.`,
        { cause },
      );
    }
  });
}

/** Who a certificate is for, on one line: `CN=auditlogger`. */
export function describeSubject(certificate: X509Certificate): string {
  return certificate.subject?.split('\n').join(', ') || '(no subject)';
}

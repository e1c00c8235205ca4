import { X509Certificate } from 'node:crypto';
import { toError } from './errors.ts';

/** Splits a PEM text into its certificates. Keys, other blocks and incomplete certificates are skipped. */
export function splitCertificates(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/**
 * Reads the certificates of a PEM text, in their order; keys and other blocks are skipped.
 *
 * @param name of the text in error messages, such as `--tls-cert-file server.crt`
 * @throws Error when there is no certificate, or one is incomplete or cannot be read
 */
export function readCertificates(pem: string, name: string): X509Certificate[] {
  const blocks = splitCertificates(pem);
  const begun = pem.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g) ?? [];
  if (begun.length === 0) {
    throw new Error(
      `${name} has no certificate${/PRIVATE KEY/.test(pem) ? ', but a private key' : ''}. Give a PEM file with -----BEGIN CERTIFICATE-----.`,
    );
  }
  if (begun.length !== blocks.length) throw new Error(`${name} has an incomplete certificate.`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(
        `${name}: certificate ${index + 1} of ${blocks.length} cannot be read: ${toError(cause).message}.`,
        { cause },
      );
    }
  });
}

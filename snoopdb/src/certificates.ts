import { X509Certificate } from 'node:crypto';
import { toError } from './errors.ts';

/** The certificates of a PEM text as they stand in it; keys, other blocks and what is not whole are passed over. */
export function splitCertificates(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/**
 * The certificates of a PEM text, in their order; keys and other blocks are passed over.
 *
 * @param name what the text is called in errors: `--tls-cert-file server.crt`
 * @throws Error when there is no certificate, or one that is not whole or cannot be read
 */
export function readCertificates(pem: string, name: string): X509Certificate[] {
  const blocks = splitCertificates(pem);
  const begun = pem.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g) ?? [];
  if (begun.length === 0) {
    throw new Error(
      `${name} holds no certificate: a PEM file with -----BEGIN CERTIFICATE----- is wanted${/PRIVATE KEY/.test(pem) ? ', and this one holds a key' : ''}.`,
    );
  }
  if (begun.length !== blocks.length) throw new Error(`${name} holds a certificate that is not whole.`);
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

import { constants, createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { readCertificates, toError } from '@snoop/snoopdb';
import type { TlsFiles } from '../config.ts';
import type { NamedFile } from './watched-files.ts';

/** The server certificate, and the CAs of client certificates. */
export interface ServerCertificate {
  readonly context: SecureContextOptions;
  readonly certificate: X509Certificate;
  /** CAs of client certificates. */
  readonly cas: readonly X509Certificate[];
}

/** Lists the files in the order that `readServerCertificate` expects. */
export function listFiles({ certFile, keyFile, clientCaFile }: TlsFiles): NamedFile[] {
  return [
    { flag: '--tls-cert-file', path: certFile },
    { flag: '--tls-key-file', path: keyFile },
    ...(clientCaFile === null ? [] : [{ flag: '--client-ca-file', path: clientCaFile }]),
  ];
}

/**
 * Reads the files and checks that they belong together.
 * @throws Error that names the file and the problem
 */
export function readServerCertificate(files: readonly NamedFile[], contents: readonly Buffer[]): ServerCertificate {
  const [certFile, keyFile, caFile] = files;
  const [cert, key, ca] = contents;
  if (certFile === undefined || keyFile === undefined || cert === undefined || key === undefined) {
    throw new Error('TLS needs a certificate and its key.');
  }
  const [certificate] = readCertificates(cert.toString('latin1'), `${certFile.flag} ${certFile.path}`);
  if (certificate === undefined) throw new Error(`${certFile.flag} ${certFile.path} holds no certificate.`);
  if (!certificate.checkPrivateKey(readKey(keyFile, key))) {
    throw new Error(
      `The key of ${keyFile.flag} ${keyFile.path} does not belong to the first certificate in ${certFile.path} (${describeSubject(certificate)}).`,
    );
  }
  const cas = caFile === undefined || ca === undefined ? [] : readCas(caFile, ca);
  const context: SecureContextOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    // A resumed session carries no certificate, yet Node reports it as authorized.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw new Error(`${certFile.path} and ${keyFile.path} cannot be used: ${toError(cause).message}.`, {
      cause,
    });
  }
  return { context, certificate, cas };
}

function readCas(file: NamedFile, pem: Buffer): X509Certificate[] {
  const cas = readCertificates(pem.toString('latin1'), `${file.flag} ${file.path}`);
  // OpenSSL verifies up to a self-signed CA, and Node servers cannot change that.
  if (cas.some((ca) => ca.checkIssued(ca))) return cas;
  const subjects = cas.map(describeSubject).join('; ');
  throw new Error(
    `${file.flag} ${file.path} contains only intermediate CAs (${subjects}). Add the root CA to the file.`,
  );
}

function readKey({ flag, path }: NamedFile, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const text = pem.toString('latin1');
    if (/ENCRYPTED/.test(text)) {
      throw new Error(
        `${flag} ${path} is encrypted with a passphrase. Decrypt it: openssl pkey -in ${path} -out plain.key`,
        { cause },
      );
    }
    const problem = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
      ? `cannot be read: ${toError(cause).message}`
      : 'holds no private key. Use a PEM file with -----BEGIN PRIVATE KEY-----';
    throw new Error(`${flag} ${path} ${problem}.`, { cause });
  }
}

/** Formats the subject of a certificate on one line: `CN=auditlogger`. */
export function describeSubject(certificate: X509Certificate): string {
  return certificate.subject?.split('\n').join(', ') || '(no subject)';
}

const dayMs = 86_400_000;
const warnDays = 14;

/** Describes why a certificate is not valid now or expires soon; null: neither. */
export function findValidityProblem(certificate: X509Certificate, nowMs: number): string | null {
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - nowMs) / dayMs);
  if (Date.parse(certificate.validFrom) > nowMs) return `is not valid before ${certificate.validFrom}`;
  if (daysLeft < 0) return `expired on ${certificate.validTo}`;
  return daysLeft < warnDays ? `expires on ${certificate.validTo}` : null;
}

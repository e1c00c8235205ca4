import { constants, createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { readCertificates, toError } from '@snoop/snoopdb';
import type { TlsFiles } from '../config.ts';
import type { NamedFile } from './watched-files.ts';

/** What the server shows, and whose certificates it trusts. */
export interface ServerCertificate {
  readonly context: SecureContextOptions;
  readonly certificate: X509Certificate;
  /** Certificates of the authorities that make a sender known. */
  readonly authorities: readonly X509Certificate[];
}

/** The files in the order in which `readServerCertificate` takes their contents. */
export function listFiles({ certFile, keyFile, clientCaFile }: TlsFiles): NamedFile[] {
  return [
    { flag: '--tls-cert-file', path: certFile },
    { flag: '--tls-key-file', path: keyFile },
    ...(clientCaFile === null ? [] : [{ flag: '--client-ca-file', path: clientCaFile }]),
  ];
}

/**
 * Checks that the files go together, as far as that can be known before somebody connects.
 * @throws Error with the file and what is wrong in it
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
      `The key of ${keyFile.flag} ${keyFile.path} is not the one of the first certificate in ${certFile.path} (${describeSubject(certificate)}).`,
    );
  }
  const authorities = caFile === undefined || ca === undefined ? [] : readAuthorities(caFile, ca);
  const context: SecureContextOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    // A session that is taken up again brings no certificate, and Node takes its sender for an authorized one then.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw new Error(`${certFile.path} and ${keyFile.path} cannot be served with: ${toError(cause).message}.`, {
      cause,
    });
  }
  return { context, certificate, authorities };
}

function readAuthorities(file: NamedFile, pem: Buffer): X509Certificate[] {
  const authorities = readCertificates(pem.toString('latin1'), `${file.flag} ${file.path}`);
  // OpenSSL follows a chain up to one that signed itself, and Node's servers have no switch for less.
  if (authorities.some((authority) => authority.checkIssued(authority))) return authorities;
  const subjects = authorities.map(describeSubject).join('; ');
  throw new Error(
    `${file.flag} ${file.path} holds no root: only authorities that others signed (${subjects}). Add the root's certificate to the file.`,
  );
}

function readKey({ flag, path }: NamedFile, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const text = pem.toString('latin1');
    if (/ENCRYPTED/.test(text)) {
      throw new Error(
        `${flag} ${path} is locked with a passphrase, and there is nobody to ask for it: 'openssl pkey -in ${path} -out plain.key' makes one without.`,
        { cause },
      );
    }
    const said = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
      ? `cannot be read: ${toError(cause).message}`
      : 'holds no private key: a PEM file with -----BEGIN PRIVATE KEY----- is wanted';
    throw new Error(`${flag} ${path} ${said}.`, { cause });
  }
}

/** Who a certificate is for, on one line: `CN=auditlogger`. */
export function describeSubject(certificate: X509Certificate): string {
  return certificate.subject?.split('\n').join(', ') || '(no subject)';
}

const dayMs = 86_400_000;
const fewDays = 14;

/** What is wrong, or soon will be, with the time for which a certificate is good; null: nothing. */
export function findTimeTrouble(certificate: X509Certificate, nowMs: number): string | null {
  const daysLeft = Math.floor((Date.parse(certificate.validTo) - nowMs) / dayMs);
  if (Date.parse(certificate.validFrom) > nowMs) return `is good only from ${certificate.validFrom} on`;
  if (daysLeft < 0) return `has expired: it was good until ${certificate.validTo}`;
  return daysLeft < fewDays ? `expires soon: ${certificate.validTo}` : null;
}

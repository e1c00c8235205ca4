import { createPrivateKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, X509Certificate } from '@peculiar/x509';

/** A certificate and its key as PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** A CA that can issue certificates. */
export interface Ca extends CertificateAndKey {
  /** Its certificate expires then, and so does every certificate that it issues. */
  readonly validUntil: Date;
  issue(what: {
    readonly commonName: string;
    readonly usage: 'server' | 'client';
    /** DNS names and IP addresses. */
    readonly names?: readonly string[];
    readonly days: number;
  }): Promise<CertificateAndKey>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Clocks differ: a new certificate must be valid on a machine whose clock is behind. */
const backdateMs = 3_600_000;

type Library = typeof import('@peculiar/x509');

/** Few commands make certificates: the library is loaded by those that do. */
async function loadLibrary(): Promise<Library> {
  await import('reflect-metadata');
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto);
  return library;
}

/** Creates a CA that can issue certificates but no further CAs. */
export async function createCa(days: number, name = 'snoop sink CA'): Promise<Ca> {
  const library = await loadLibrary();
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await library.X509CertificateGenerator.createSelfSigned({
    serialNumber: createSerialNumber(),
    // Two CAs must not have the same name: a verifier would try the wrong one.
    name: `CN=${name} ${randomBytes(4).toString('hex')}`,
    ...createValidity(days),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new library.BasicConstraintsExtension(true, 0, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.keyCertSign | library.KeyUsageFlags.cRLSign, true),
      await library.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return createIssuer(library, certificate, keys.privateKey, await printKey(library, keys.privateKey));
}

/**
 * Reads a CA.
 *
 * @throws Error when it cannot be read, or key and certificate do not match
 */
export async function readCa({ certificate, key }: CertificateAndKey): Promise<Ca> {
  const privateKey = createPrivateKey(key);
  const read = new NodeCertificate(certificate);
  if (!read.ca) throw new Error(`the certificate (${read.subject}) is not a CA certificate`);
  if (!read.checkPrivateKey(privateKey)) throw new Error('the key does not match the certificate');
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  );
  const library = await loadLibrary();
  return createIssuer(library, new library.X509Certificate(certificate), signingKey, key);
}

function createIssuer(
  library: Library,
  certificate: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  key: string,
): Ca {
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key,
    validUntil: certificate.notAfter,
    async issue({ commonName, usage, names = [], days }) {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const { notBefore, notAfter } = createValidity(days);
      const extensions: Extension[] = [
        new library.BasicConstraintsExtension(false, undefined, true),
        new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true),
        new library.ExtendedKeyUsageExtension([
          library.ExtendedKeyUsage[usage === 'server' ? 'serverAuth' : 'clientAuth'],
        ]),
        await library.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        await library.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ];
      if (names.length > 0) {
        extensions.push(
          new library.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
          ),
        );
      }
      const issued = await library.X509CertificateGenerator.create({
        serialNumber: createSerialNumber(),
        subject: `CN=${commonName}`,
        issuer: certificate.subject,
        notBefore,
        notAfter: new Date(Math.min(notAfter.getTime(), certificate.notAfter.getTime())),
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey,
        extensions,
      });
      return { certificate: `${issued.toString('pem')}\n`, key: await printKey(library, keys.privateKey) };
    },
  };
}

function createValidity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - backdateMs), notAfter: new Date(Date.now() + days * dayMs) };
}

/** A positive number: DER reads the first bit as a sign. */
function createSerialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

async function printKey({ PemConverter }: Library, key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** Creates a PKCS #10 request for a certificate, as base64 of its DER form and as PEM; its key is discarded. */
export async function createCertificateRequest(commonName: string): Promise<{ der: string; pem: string }> {
  const { Pkcs10CertificateRequestGenerator } = await loadLibrary();
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    ...(commonName === '' ? {} : { name: `CN=${commonName}` }),
    keys,
    signingAlgorithm: algorithm,
  });
  return { der: Buffer.from(request.rawData).toString('base64'), pem: `${request.toString('pem')}\n` };
}

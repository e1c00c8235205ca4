import { createPrivateKey, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, X509Certificate } from '@peculiar/x509';

/** A certificate and its key as PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** Can issue certificates; made, or read from its files. */
export interface Authority extends CertificateAndKey {
  /** Its own certificate ends then, and none that it issues ends later. */
  readonly goodUntil: Date;
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
/** Clocks differ: what is made now must be good on a machine that is behind. */
const backdateMs = 3_600_000;

type Library = typeof import('@peculiar/x509');

/** Few commands make certificates: the library is loaded by those that do. */
async function loadLibrary(): Promise<Library> {
  await import('reflect-metadata');
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto);
  return library;
}

/** Makes an authority of its own, which can issue certificates and no further authorities. */
export async function createAuthority(days: number, name = 'snoop sink authority'): Promise<Authority> {
  const library = await loadLibrary();
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await library.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerialNumber(),
    // Two authorities must not have one name: a verifier would try the wrong one.
    name: `CN=${name} ${randomBytes(4).toString('hex')}`,
    ...lastFor(days),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new library.BasicConstraintsExtension(true, 0, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.keyCertSign | library.KeyUsageFlags.cRLSign, true),
      await library.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toAuthority(library, certificate, keys.privateKey, await printKey(library, keys.privateKey));
}

/**
 * Takes an authority from its files.
 * @throws Error when they cannot be read, or are not one another's
 */
export async function readAuthority({ certificate, key }: CertificateAndKey): Promise<Authority> {
  const privateKey = createPrivateKey(key);
  const read = new NodeCertificate(certificate);
  if (!read.ca) throw new Error(`the certificate (${read.subject}) is no authority's`);
  if (!read.checkPrivateKey(privateKey)) throw new Error('the key is not the one of the certificate');
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    privateKey.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    false,
    ['sign'],
  );
  const library = await loadLibrary();
  return toAuthority(library, new library.X509Certificate(certificate), signingKey, key);
}

function toAuthority(
  library: Library,
  certificate: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  key: string,
): Authority {
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key,
    goodUntil: certificate.notAfter,
    async issue({ commonName, usage, names = [], days }) {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const { notBefore, notAfter } = lastFor(days);
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
        serialNumber: makeSerialNumber(),
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

function lastFor(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - backdateMs), notAfter: new Date(Date.now() + days * dayMs) };
}

/** A positive number, since DER would read a first bit as a sign. */
function makeSerialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

async function printKey({ PemConverter }: Library, key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

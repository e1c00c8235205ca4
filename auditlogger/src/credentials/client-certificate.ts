import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** Longer chains are refused. */
const maxChainLength = 10;
/** A common name with this prefix binds the certificate to the source after it. */
const bindingPrefix = 'source:';

/** Checks client certificates. */
export interface CertificateCheck {
  check(request: IncomingMessage): CheckedCertificate;
}

export interface CheckedCertificate {
  /** Why it is refused; null: a trusted CA signed it. */
  readonly refusal: string | null;
  /** The sources its holder may send as; a null entry means any. */
  readonly sources: readonly (string | null)[];
}

interface Presented {
  readonly certificate: X509Certificate;
  readonly sources: readonly (string | null)[];
}

/**
 * Checks against the current CAs, also on open connections: the TLS layer verified against those of the handshake.
 * @param getCas returns the trusted CAs; a new list after their file changed
 */
export function createCertificateCheck(getCas: () => readonly X509Certificate[]): CertificateCheck {
  const verified = new WeakMap<TLSSocket, { cas: readonly X509Certificate[]; validUntilMs: number | null }>();
  const presented = new WeakMap<TLSSocket, Presented>();

  /** Cached: reading the certificate from the connection is expensive, and it does not change. */
  function findPresented(socket: TLSSocket): Presented | undefined {
    const before = presented.get(socket);
    if (before !== undefined) return before;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const found = { certificate, sources: readSources(certificate) };
    presented.set(socket, found);
    return found;
  }

  function verify(socket: TLSSocket, certificate: X509Certificate, cas: readonly X509Certificate[]) {
    const before = verified.get(socket);
    if (before?.cas === cas) return before;
    const isTrusted = socket.authorized && hasTrustedIssuer(certificate, cas);
    const now = { cas, validUntilMs: isTrusted ? Date.parse(certificate.validTo) : null };
    verified.set(socket, now);
    return now;
  }

  return {
    check({ socket }) {
      if (!(socket instanceof TLSSocket)) return refuse('client certificates need TLS');
      // `authorized` alone is not enough: it is also true for a resumed session without a certificate.
      const found = findPresented(socket);
      if (found === undefined) return refuse('no client certificate was sent');
      const { validUntilMs } = verify(socket, found.certificate, getCas());
      if (validUntilMs === null) {
        return refuse('the client certificate is not signed by a trusted CA, or not valid now');
      }
      if (Date.now() > validUntilMs) return refuse('the client certificate has expired');
      return { refusal: null, sources: found.sources };
    },
  };
}

function refuse(refusal: string): CheckedCertificate {
  return { refusal, sources: [] };
}

function readSources(certificate: X509Certificate): readonly (string | null)[] {
  const named = certificate.toLegacyObject().subject?.CN ?? [];
  const names: readonly string[] = typeof named === 'string' ? [named] : named;
  const bound = names.filter((name) => name.startsWith(bindingPrefix));
  return bound.length === 0 ? [null] : bound.map((name) => name.slice(bindingPrefix.length));
}

/** Whether the chain leads to a trusted CA. OpenSSL verified the chain itself in the handshake. */
function hasTrustedIssuer(leaf: X509Certificate, cas: readonly X509Certificate[]): boolean {
  let certificate: X509Certificate | undefined = leaf;
  for (let depth = 0; certificate !== undefined && depth < maxChainLength; depth++) {
    const { fingerprint256 } = certificate;
    const link: X509Certificate = certificate;
    const isTrusted = cas.some(
      (ca) => ca.fingerprint256 === fingerprint256 || (link.checkIssued(ca) && link.verify(ca.publicKey)),
    );
    if (isTrusted) return true;
    certificate = link.issuerCertificate;
  }
  return false;
}

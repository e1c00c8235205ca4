import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** No chain is longer; what is comes from somebody who wants it walked. */
const longestChain = 10;
/** A common name that begins with this binds the certificate to the source after it. */
const bindingPrefix = 'source:';

/** Judges the certificates that senders show. */
export interface CertificateCheck {
  judge(request: IncomingMessage): JudgedCertificate;
}

export interface JudgedCertificate {
  /** Why it makes nobody known; null: it is one of a trusted authority. */
  readonly refusal: string | null;
  /** The sources that its holder may send as; null among them: any. */
  readonly sources: readonly (string | null)[];
}

interface Shown {
  readonly certificate: X509Certificate;
  readonly sources: readonly (string | null)[];
}

/**
 * @param getAuthorities those trusted now; another list when their file changed. The TLS layer judged by the list it had when the connection
 * was made: one that stays open longer than the trust does must not be served on, and who was refused has to connect again
 */
export function createCertificateCheck(getAuthorities: () => readonly X509Certificate[]): CertificateCheck {
  const judged = new WeakMap<TLSSocket, { authorities: readonly X509Certificate[]; goodUntilMs: number | null }>();
  const shown = new WeakMap<TLSSocket, Shown>();

  /** Asked for once: a certificate is read anew from the connection each time, and does not change. */
  function findShown(socket: TLSSocket): Shown | undefined {
    const before = shown.get(socket);
    if (before !== undefined) return before;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const found = { certificate, sources: readSources(certificate) };
    shown.set(socket, found);
    return found;
  }

  function judge(socket: TLSSocket, certificate: X509Certificate, authorities: readonly X509Certificate[]) {
    const before = judged.get(socket);
    if (before?.authorities === authorities) return before;
    const isTrusted = socket.authorized && hasTrustedIssuer(certificate, authorities);
    const now = { authorities, goodUntilMs: isTrusted ? Date.parse(certificate.validTo) : null };
    judged.set(socket, now);
    return now;
  }

  return {
    judge({ socket }) {
      if (!(socket instanceof TLSSocket)) return refuse('no client certificate can come without TLS');
      // Asked for, beside `authorized`: that one is also true for a resumed session without any.
      const found = findShown(socket);
      if (found === undefined) return refuse('no client certificate came');
      const { goodUntilMs } = judge(socket, found.certificate, getAuthorities());
      if (goodUntilMs === null) {
        return refuse('the client certificate is not of an authority that is trusted here, or not good now');
      }
      if (Date.now() > goodUntilMs) return refuse('the client certificate has expired');
      return { refusal: null, sources: found.sources };
    },
  };
}

function refuse(refusal: string): JudgedCertificate {
  return { refusal, sources: [] };
}

function readSources(certificate: X509Certificate): readonly (string | null)[] {
  const named = certificate.toLegacyObject().subject?.CN ?? [];
  const names: readonly string[] = typeof named === 'string' ? [named] : named;
  const bound = names.filter((name) => name.startsWith(bindingPrefix));
  return bound.length === 0 ? [null] : bound.map((name) => name.slice(bindingPrefix.length));
}

/** Whether a chain leads from the certificate to an authority. That it is a good chain, OpenSSL has found at the handshake. */
function hasTrustedIssuer(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let certificate: X509Certificate | undefined = leaf;
  for (let depth = 0; certificate !== undefined && depth < longestChain; depth++) {
    const { fingerprint256 } = certificate;
    const link: X509Certificate = certificate;
    const isTrusted = authorities.some(
      (authority) =>
        authority.fingerprint256 === fingerprint256 ||
        (link.checkIssued(authority) && link.verify(authority.publicKey)),
    );
    if (isTrusted) return true;
    certificate = link.issuerCertificate;
  }
  return false;
}

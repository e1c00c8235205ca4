import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** No chain is longer; what is comes from somebody who wants it walked. */
const longestChain = 10;

/** Judges the certificates that senders show. */
export interface CertificateCheck {
  /** null: it is one of a trusted authority; else why not. */
  explainRefusal(request: IncomingMessage): string | null;
}

/**
 * @param getAuthorities those trusted now; another list when their file changed. The TLS layer judged by the list it had when the connection
 * was made: one that stays open longer than the trust does must not be served on, and who was refused has to connect again
 */
export function createCertificateCheck(getAuthorities: () => readonly X509Certificate[]): CertificateCheck {
  const judged = new WeakMap<TLSSocket, { authorities: readonly X509Certificate[]; goodUntilMs: number | null }>();
  const shown = new WeakMap<TLSSocket, X509Certificate>();

  /** Asked for once: a certificate is read anew from the connection each time, and does not change. */
  function findCertificate(socket: TLSSocket): X509Certificate | undefined {
    const certificate = shown.get(socket) ?? socket.getPeerX509Certificate();
    if (certificate !== undefined) shown.set(socket, certificate);
    return certificate;
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
    explainRefusal({ socket }) {
      if (!(socket instanceof TLSSocket)) return 'no client certificate can come without TLS';
      // Asked for, beside `authorized`: that one is also true for a resumed session without any.
      const certificate = findCertificate(socket);
      if (certificate === undefined) return 'no client certificate came';
      const { goodUntilMs } = judge(socket, certificate, getAuthorities());
      if (goodUntilMs !== null && Date.now() <= goodUntilMs) return null;
      return goodUntilMs === null
        ? 'the client certificate is not of an authority that is trusted here, or not good now'
        : 'the client certificate has expired';
    },
  };
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

import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkValidity, isValidFor, hasUsage, isSignedBy, tryReadCertificates } from './certificate.ts';
import type { Report } from '../finding.ts';
import type { Destination } from './kubeconfig.ts';

/** What the two sides must agree on. */
export interface Comparable {
  readonly destinations: Destination[];
  /** Certificate files of an auditlogger, its own certificate first. */
  readonly certificates: { readonly certificates: readonly X509Certificate[]; readonly report: Report }[];
  /** The CAs that an auditlogger trusts for senders. */
  readonly clientCas: X509Certificate[];
  readonly tokens: string[];
}

/** Adds the senders' CAs and tokens of a sink's auditlogger folder. */
export function readAuditloggerSide(folder: string, comparable: Comparable, reportTo: (file: string) => Report): void {
  const [ca, token] = [join(folder, 'ca.crt'), join(folder, 'token')];
  if (existsSync(ca)) {
    const cas = tryReadCertificates(readFileSync(ca, 'utf8'));
    const report = reportTo(ca);
    if (cas === null) report('error', 'bad-certificate', null, 'This has no readable certificate.');
    for (const ca of cas ?? []) checkValidity(ca, "The senders' CA", null, report);
    comparable.clientCas.push(...(cas ?? []));
  }
  if (!existsSync(token)) return;
  const lines = readFileSync(token, 'utf8').split('\n');
  comparable.tokens.push(...lines.map((line) => line.trim()).filter((line) => line !== ''));
}

/** Reports mismatches of the apiserver's and the auditlogger's side. */
export function compare({ destinations, certificates, clientCas, tokens }: Comparable): void {
  for (const file of certificates) for (const own of file.certificates.slice(0, 1)) checkOwn(own, file.report);
  // A CA file has no names to compare.
  const served = certificates.filter(({ certificates: [first] }) => first !== undefined && !first.ca);
  for (const { tls, line, report } of destinations) {
    if (tls === null) continue;
    const { name, cas, client, token } = tls;
    if (served.length > 0) checkName(name, line, served, report);
    if (client !== null && clientCas.length > 0 && !isSignedBy(client.certificate, clientCas)) {
      const message =
        'The client-certificate is not signed by a CA that the auditlogger trusts: it answers 401. Write both sides again.';
      report('error', 'other-ca', client.line, message);
    }
    if (token !== null && tokens.length > 0 && !tokens.includes(token.text)) {
      const message = 'The auditlogger does not know the token: it answers 401. Write both sides again.';
      report('error', 'other-token', token.line, message);
    }
    if (cas.length > 0 && served.length > 0) {
      const isKnown = served.some((file) => file.certificates.some((certificate) => isSignedBy(certificate, cas)));
      if (isKnown) continue;
      const message = `The certificate-authority did not sign the auditlogger's certificate: the apiserver does not send to ${name}. Write both sides again.`;
      report('error', 'other-ca', line, message);
    }
  }
}

function checkOwn(certificate: X509Certificate, report: Report): void {
  checkValidity(certificate, 'The certificate', null, report);
  if (certificate.ca) return;
  if (!hasUsage(certificate, 'server')) {
    const message = 'The certificate is not for servers (its extended key usage has no serverAuth).';
    report('error', 'wrong-usage', null, message);
  }
  if (certificate.subjectAltName === undefined) {
    const message =
      'The certificate has no subject alternative names, which the apiserver requires. Create a new one with them.';
    report('error', 'no-names', null, message);
  }
}

function checkName(host: string, line: number, served: Comparable['certificates'], report: Report): void {
  const own = served.flatMap(({ certificates }) => certificates.slice(0, 1));
  if (own.some((certificate) => isValidFor(certificate, host))) return;
  const names = [...new Set(own.map(({ subjectAltName }) => subjectAltName ?? 'none'))].join('; ');
  const message = `The auditlogger's certificate is not for ${host}, so the apiserver does not send there. It is for ${names}. Use one of these in server, set tls-server-name, or add the name ('snoop sink … --name ${host}').`;
  report('error', 'name-not-in-certificate', line, message);
}

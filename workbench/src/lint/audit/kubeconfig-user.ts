import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { checkValidity, hasUsage, tryReadCertificates } from './certificate.ts';
import type { Report } from '../finding.ts';
import { type GivenContent, type KubeconfigLocation, readContent } from './named-files.ts';
import type { YamlNode } from '../yaml-node.ts';

/** An apiserver's credentials, as far as they could be read here. */
export interface Credentials {
  readonly client: { readonly certificate: X509Certificate; readonly line: number } | null;
  readonly token: { readonly text: string; readonly line: number } | null;
  /** Whether there are any, valid or not. */
  readonly any: boolean;
}

/** The credential fields of a user. */
export const credentialFields = [
  ...['token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'exec', 'auth-provider', 'username'],
];

/** Finds problems of a kubeconfig's credentials. */
export function checkUser(user: YamlNode | null, place: KubeconfigLocation, report: Report): Credentials {
  if (user === null) return { client: null, token: null, any: false };
  const certificate = readContent(user, 'client-certificate', place, report);
  const key = readContent(user, 'client-key', place, report);
  for (const name of ['username', 'auth-provider', 'exec']) {
    const field = user.get(name);
    if (field === null) continue;
    const message = `The auditlogger accepts bearer tokens and client certificates; ${name} must provide one of these.`;
    report('warning', 'other-credentials', field.line, message);
  }
  if (key !== null && certificate === null) {
    const message = 'A client-key without its client-certificate: the apiserver silently uses neither.';
    report('error', 'half-a-pair', key.line, message);
  }
  return {
    client: certificate === null ? null : checkClient(certificate, key, report),
    token: checkToken(user, place, report),
    any: key !== null || credentialFields.some((name) => user.get(name) !== null),
  };
}

function checkClient(certificate: GivenContent, key: GivenContent | null, report: Report): Credentials['client'] {
  const { line, text } = certificate;
  if (text === null) return null;
  const [client] = tryReadCertificates(text) ?? [];
  if (client === undefined) {
    const message = 'The client-certificate has no readable certificate. Use a PEM file.';
    report('error', 'bad-certificate', line, message);
    return null;
  }
  checkValidity(client, 'The client-certificate', line, report);
  if (!hasUsage(client, 'client')) {
    const message =
      'The client-certificate is not for clients (its extended key usage has no clientAuth): the auditlogger refuses it.';
    report('error', 'wrong-usage', line, message);
  }
  if (key !== null) checkKey(client, key, report);
  return { certificate: client, line };
}

function checkKey(client: X509Certificate, { text, line }: GivenContent, report: Report): void {
  if (text === null) return;
  try {
    if (client.checkPrivateKey(createPrivateKey(text))) return;
    const message = 'The client-key does not match the client-certificate: connections fail.';
    report('error', 'mismatching-pair', line, message);
  } catch {
    const message = 'The client-key cannot be read. Use a PEM file with a private key without a passphrase.';
    report('error', 'bad-key', line, message);
  }
}

/** A file takes precedence over `token`, as in client-go. */
function checkToken(user: YamlNode, place: KubeconfigLocation, report: Report): Credentials['token'] {
  const inline = user.get('token');
  const file = readContent(user, 'tokenFile', place, report);
  if (inline !== null && file !== null) {
    report('note', 'two-tokens', file.line, 'Both token and tokenFile are set: the file is used.');
  }
  const given = file ?? (inline === null ? null : { line: inline.line, text: inline.text ?? '' });
  if (given === null || given.text === null) return null;
  const text = file === null ? given.text : given.text.trim();
  if (/^[!-~]+$/.test(text)) return { text, line: given.line };
  const message = 'The token is empty, or has spaces or characters that a header cannot carry. Use one word.';
  report('error', 'bad-token', given.line, message);
  return null;
}

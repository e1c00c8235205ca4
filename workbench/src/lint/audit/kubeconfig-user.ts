import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { checkValidity, hasUsage, tryReadCertificates } from './certificate.ts';
import type { Report } from '../finding.ts';
import { type GivenContent, type KubeconfigLocation, readContent } from './named-files.ts';
import type { YamlNode } from '../yaml-node.ts';

/** How an apiserver shows who it is, as far as it could be read here. */
export interface Credentials {
  readonly client: { readonly certificate: X509Certificate; readonly line: number } | null;
  readonly token: { readonly text: string; readonly line: number } | null;
  /** Whether there is anything at all, good or not. */
  readonly any: boolean;
}

/** The fields of a user that show who it is. */
export const credentialFields = [
  ...['token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'exec', 'auth-provider', 'username'],
];

/** Finds what is wrong with the credentials in a kubeconfig. */
export function checkUser(user: YamlNode | null, place: KubeconfigLocation, report: Report): Credentials {
  if (user === null) return { client: null, token: null, any: false };
  const certificate = readContent(user, 'client-certificate', place, report);
  const key = readContent(user, 'client-key', place, report);
  for (const name of ['username', 'auth-provider', 'exec']) {
    const field = user.get(name);
    if (field === null) continue;
    const message = `The auditlogger knows bearer tokens and client certificates; what ${name} shows has to be one of these.`;
    report('warning', 'other-credentials', field.line, message);
  }
  if (key !== null && certificate === null) {
    const message =
      'There is a client-key without its client-certificate: the apiserver shows neither, and does not say so.';
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
    const message = 'The client-certificate holds no certificate that can be read: a PEM file is wanted.';
    report('error', 'bad-certificate', line, message);
    return null;
  }
  checkValidity(client, 'The client-certificate', line, report);
  if (!hasUsage(client, 'client')) {
    const message =
      'The client-certificate is not made for clients (its extended key usage has no clientAuth): the auditlogger refuses it.';
    report('error', 'wrong-usage', line, message);
  }
  if (key !== null) checkKey(client, key, report);
  return { certificate: client, line };
}

function checkKey(client: X509Certificate, { text, line }: GivenContent, report: Report): void {
  if (text === null) return;
  try {
    if (client.checkPrivateKey(createPrivateKey(text))) return;
    const message = 'The client-key is not the one of the client-certificate: no connection comes about with them.';
    report('error', 'mismatching-pair', line, message);
  } catch {
    const message = 'The client-key cannot be read: a PEM file with a private key and without a passphrase is wanted.';
    report('error', 'bad-key', line, message);
  }
}

/** A file beats what is written in place, as client-go has it. */
function checkToken(user: YamlNode, place: KubeconfigLocation, report: Report): Credentials['token'] {
  const inline = user.get('token');
  const file = readContent(user, 'tokenFile', place, report);
  if (inline !== null && file !== null) {
    report('note', 'two-tokens', file.line, 'There are a token and a tokenFile: the file is used.');
  }
  const given = file ?? (inline === null ? null : { line: inline.line, text: inline.text ?? '' });
  if (given === null || given.text === null) return null;
  const text = file === null ? given.text : given.text.trim();
  if (/^[!-~]+$/.test(text)) return { text, line: given.line };
  const message = 'The token is empty, or holds blanks or characters that a header cannot carry: it takes one word.';
  report('error', 'bad-token', given.line, message);
  return null;
}

import type { X509Certificate } from 'node:crypto';
import { isLoopback, isSourceName } from '@snoop/snoopdb';
import { checkValidity, tryReadCertificates } from './certificate.ts';
import { checkFields } from '../fields.ts';
import type { Report } from '../finding.ts';
import { checkUser, credentialFields, type Credentials } from './kubeconfig-user.ts';
import { type KubeconfigLocation, readContent } from './named-files.ts';
import type { YamlNode } from '../yaml-node.ts';

const topFields = [
  ...['apiVersion', 'kind', 'preferences', 'clusters', 'users', 'contexts', 'current-context', 'extensions'],
];
const clusterFields = [
  ...['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority', 'certificate-authority-data'],
  ...['proxy-url', 'disable-compression', 'extensions'],
];
const userFields = [
  ...['client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile'],
  ...['username', 'password', 'exec', 'auth-provider', 'as', 'as-uid', 'as-groups', 'as-user-extra', 'extensions'],
];

/** A sink's destination and credentials. */
export interface Destination {
  readonly url: URL;
  readonly line: number;
  readonly report: Report;
  /** For the comparison with the auditlogger's files; null over http. */
  readonly tls:
    | null
    | (Pick<Credentials, 'client' | 'token'> & {
        /** The name that the certificate must have. */
        readonly name: string;
        readonly cas: readonly X509Certificate[];
      });
}

/**
 * Finds what keeps an apiserver with this kubeconfig from sending, or the auditlogger from accepting.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 *
 * @returns null without a destination; the apiserver does not start with most of these
 */
export function checkKubeconfig(node: YamlNode, place: KubeconfigLocation, report: Report): Destination | null {
  checkFields(node, 'A kubeconfig', topFields, report);
  const context = findNamed(node, 'contexts', node.get('current-context'))?.get('context') ?? null;
  const cluster = findNamed(node, 'clusters', context?.get('cluster'))?.get('cluster') ?? null;
  const userName = context?.get('user');
  const named = findNamed(node, 'users', userName);
  const user = named?.get('user') ?? null;
  if (userName?.text && named === undefined) {
    const message = `The user '${userName.text}' of the current context is not among the users: the apiserver sends no credentials.`;
    report('warning', 'unknown-user', userName.line, message);
  }
  if (!cluster) return null;
  checkFields(cluster, 'A cluster', clusterFields, report);
  if (user) checkFields(user, 'A user', userFields, report);
  const url = readServer(cluster, report);
  if (url === null) return null;
  const line = cluster.get('server')?.line ?? cluster.line;
  checkPath(url, line, report);
  if (url.protocol === 'http:') {
    checkPlain(url, line, user, report);
    return { url, line, report, tls: null };
  }
  const cas = checkCa(cluster, place, report);
  const { client, token, any } = checkUser(user, place, report);
  if (!any) {
    const message =
      'The apiserver sends neither a token nor a certificate: an auditlogger that listens beyond loopback requires one. ' +
      "'snoop sink' creates both; this only works for an auditlogger without.";
    report('warning', 'no-credentials', user?.line ?? cluster.line, message);
  }
  const name = cluster.get('tls-server-name')?.text || readHost(url);
  return { url, line, report, tls: { name, cas, client, token } };
}

/** Without the brackets of IPv6. */
export function readHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function findNamed(node: YamlNode, list: string, name: YamlNode | null | undefined): YamlNode | undefined {
  const elements = name?.text ? (node.get(list)?.items() ?? []) : [];
  return elements.find((element) => element.get('name')?.text === name?.text);
}

function readServer(cluster: YamlNode, report: Report): URL | null {
  const server = cluster.get('server');
  if (!server?.text) return null;
  if (/^https?:\/\//i.test(server.text) && URL.canParse(server.text)) return new URL(server.text);
  const message = `The server '${server.text}' is not an http or https URL, and the apiserver reads a host alone as a URL without a path. For example: server: https://auditlogger.example:9900/events`;
  report('error', 'bad-server', server.line, message);
  return null;
}

function checkPath(url: URL, line: number, report: Report): void {
  const path = url.pathname.replace(/\/+$/, '');
  const source = /^\/events\/([^/]+)$/.exec(path)?.[1];
  if (path === '') {
    const message = `The server has no path: the auditlogger answers 404 to all events. Use ${url.origin}/events, or /events/<name of the cluster>.`;
    report('error', 'no-path', line, message);
  } else if (source !== undefined && !isSourceName(safelyDecode(source))) {
    const message = `'${source}' is not a valid source name: the auditlogger answers 400. Use at most 100 letters, digits and . _ : @ -, starting with a letter or digit.`;
    report('error', 'bad-source', line, message);
  } else if (path !== '/events' && source === undefined) {
    const message = `The server's path is ${path}: the auditlogger accepts events at /events and /events/<name of the cluster>. This only works if a proxy changes the path.`;
    report('warning', 'odd-path', line, message);
  }
}

/** Checks a server's name when nothing is known of the apiserver's machine. */
export function checkServiceName({ url, line, report }: Destination): void {
  if (!/\.svc(\.|$)/.test(url.hostname)) return;
  const message = `${url.hostname} is the name of a Service: an apiserver on its host's network asks the host's DNS, which usually does not know it. Use an address that the host can reach.`;
  report('warning', 'service-name', line, message);
}

function safelyDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkPlain(url: URL, line: number, user: YamlNode | null, report: Report): void {
  for (const name of credentialFields) {
    const field = user?.get(name);
    if (!field) continue;
    const message = `The apiserver silently omits the ${name} over http: the auditlogger answers 401 to all events. Use https in server (line ${line}).`;
    report('error', 'credentials-over-http', field.line, message);
  }
  const host = readHost(url);
  if (isLoopback(host)) return;
  const message = `Events go over plain http to ${host}: others can read and change them, and the auditlogger needs --insecure for it. 'snoop sink' creates what https needs.`;
  report('warning', 'plain-http', line, message);
}

function checkCa(cluster: YamlNode, place: KubeconfigLocation, report: Report): readonly X509Certificate[] {
  const skip = cluster.get('insecure-skip-tls-verify');
  const given = readContent(cluster, 'certificate-authority', place, report);
  if (given === null && skip?.value === true) {
    const message =
      'insecure-skip-tls-verify: any server at this address gets the events and the token. Set certificate-authority instead.';
    report('warning', 'insecure', skip.line, message);
  } else if (given === null) {
    const message =
      "certificate-authority is not set: the auditlogger's certificate is trusted only if a CA of the machine signed it.";
    report('warning', 'no-ca', cluster.line, message);
  }
  const cas = tryReadCertificates(given?.text ?? '') ?? [];
  for (const ca of cas) {
    checkValidity(ca, 'The certificate-authority', given?.line ?? null, report);
  }
  return cas;
}

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

/** Where a sink sends to, and what it shows there. */
export interface Destination {
  readonly url: URL;
  readonly line: number;
  readonly report: Report;
  /** What can be compared with the auditlogger's files; null over http. */
  readonly tls:
    | null
    | (Pick<Credentials, 'client' | 'token'> & {
        /** The name the certificate has to be for. */
        readonly name: string;
        readonly cas: readonly X509Certificate[];
      });
}

/**
 * Finds what keeps an apiserver that started with this kubeconfig from sending, or the auditlogger from taking it.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 *
 * @returns null where it does not say where it sends to: the apiserver does not start with most of these
 */
export function checkKubeconfig(node: YamlNode, place: KubeconfigLocation, report: Report): Destination | null {
  checkFields(node, 'A kubeconfig', topFields, report);
  const context = findNamed(node, 'contexts', node.get('current-context'))?.get('context') ?? null;
  const cluster = findNamed(node, 'clusters', context?.get('cluster'))?.get('cluster') ?? null;
  const userName = context?.get('user');
  const named = findNamed(node, 'users', userName);
  const user = named?.get('user') ?? null;
  if (userName?.text && named === undefined) {
    const message = `The current context names the user '${userName.text}', which is not among the users: the apiserver shows nothing of itself.`;
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
      'The apiserver shows neither a token nor a certificate: an auditlogger that listens beyond loopback asks for one of them. ' +
      "'snoop sink' makes both; this is right only for one without.";
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
  return elements.find((one) => one.get('name')?.text === name?.text);
}

function readServer(cluster: YamlNode, report: Report): URL | null {
  const server = cluster.get('server');
  if (!server?.text) return null;
  if (/^https?:\/\//i.test(server.text) && URL.canParse(server.text)) return new URL(server.text);
  const message = `The server '${server.text}' is not a URL of http or https, and the apiserver takes a host alone for one without a path. For example: server: https://auditlogger.example:9900/events`;
  report('error', 'bad-server', server.line, message);
  return null;
}

function checkPath(url: URL, line: number, report: Report): void {
  const path = url.pathname.replace(/\/+$/, '');
  const source = /^\/events\/([^/]+)$/.exec(path)?.[1];
  if (path === '') {
    const message = `The server has no path, and the auditlogger answers 404 to all events then. Write ${url.origin}/events, or /events/<name of the cluster>.`;
    report('error', 'no-path', line, message);
  } else if (source !== undefined && !isSourceName(safelyDecode(source))) {
    const message = `'${source}' cannot be the name of a source: at most 100 letters, digits and . _ : @ -, and it begins with a letter or digit. The auditlogger answers 400.`;
    report('error', 'bad-source', line, message);
  } else if (path !== '/events' && source === undefined) {
    const message = `The server's path is ${path}: the auditlogger takes events at /events and /events/<name of the cluster>. That is right only if something between changes it.`;
    report('warning', 'odd-path', line, message);
  }
}

/** What can be said of a server's name where nothing is known of the apiserver's machine. */
export function checkServiceName({ url, line, report }: Destination): void {
  if (!/\.svc(\.|$)/.test(url.hostname)) return;
  const message = `${url.hostname} is the name of a Service: an apiserver on its host's network asks the host's DNS, which mostly does not know it. Use an address that the host reaches.`;
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
    const message = `The apiserver does not send the ${name} over http, and says nothing about it: the auditlogger answers 401 to all events. Use https in server (line ${line}).`;
    report('error', 'credentials-over-http', field.line, message);
  }
  const host = readHost(url);
  if (isLoopback(host)) return;
  const message = `Events go over plain http to ${host}: others can read and change them, and the auditlogger does not serve that without --insecure. 'snoop sink' makes what https needs.`;
  report('warning', 'plain-http', line, message);
}

function checkCa(cluster: YamlNode, place: KubeconfigLocation, report: Report): readonly X509Certificate[] {
  const skip = cluster.get('insecure-skip-tls-verify');
  const given = readContent(cluster, 'certificate-authority', place, report);
  if (given === null && skip?.value === true) {
    const message =
      'insecure-skip-tls-verify: whoever answers at this address gets the events and the token. Give the certificate-authority instead.';
    report('warning', 'insecure', skip.line, message);
  } else if (given === null) {
    const message =
      "No certificate-authority is given: the auditlogger's certificate is believed only if an authority of the machine signed it.";
    report('warning', 'no-authority', cluster.line, message);
  }
  const cas = tryReadCertificates(given?.text ?? '') ?? [];
  for (const ca of cas) {
    checkValidity(ca, 'The certificate-authority', given?.line ?? null, report);
  }
  return cas;
}

/** The apiserver's trust and credentials: the contents of PEM files and a token, or the paths of such files. */
export interface SinkCredentials {
  readonly kind: 'data' | 'files';
  /** The auditlogger's CA certificate. */
  readonly ca: string;
  readonly client:
    | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string }
    | { readonly kind: 'token'; readonly token: string };
}

/**
 * Formats the kubeconfig that makes an apiserver send its audit events.
 *
 * @param server the auditlogger's URL with its path: `https://auditlogger.example:9900/events`
 * @param credentials null for plain HTTP, where the apiserver sends none
 */
export function formatSinkKubeconfig(server: string, credentials: SinkCredentials | null): string {
  const { cluster, user } = credentials === null ? { cluster: [], user: [] } : listFields(credentials);
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: auditlogger',
    'contexts:',
    '- name: auditlogger',
    '  context:',
    '    cluster: auditlogger',
    '    user: kube-apiserver',
    'clusters:',
    '- name: auditlogger',
    '  cluster:',
    `    server: ${quote(server)}`,
    ...cluster.map(([name, value]) => `    ${name}: ${quote(value)}`),
    'users:',
    '- name: kube-apiserver',
    ...(user.length === 0 ? [] : ['  user:', ...user.map(([name, value]) => `    ${name}: ${quote(value)}`)]),
    '',
  ].join('\n');
}

type Field = readonly [name: string, value: string];

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
function listFields({ kind, ca, client }: SinkCredentials): { cluster: Field[]; user: Field[] } {
  const isData = kind === 'data';
  const field = (name: string, value: string): Field =>
    isData ? [`${name}-data`, Buffer.from(value).toString('base64')] : [name, value];
  return {
    cluster: [field('certificate-authority', ca)],
    user:
      client.kind === 'certificate'
        ? [field('client-certificate', client.certificate), field('client-key', client.key)]
        : [[isData ? 'token' : 'tokenFile', client.token]],
  };
}

/** JSON strings are valid YAML; plain where that is unambiguous. */
function quote(value: string): string {
  return /^[A-Za-z/][\w./:@=+-]*$/.test(value) ? value : JSON.stringify(value);
}

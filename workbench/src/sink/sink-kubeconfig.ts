/** How the apiserver knows the auditlogger, and shows itself: the contents of PEM files and a token, or the paths of such files. */
export interface SinkCredentials {
  readonly kind: 'data' | 'files';
  /** The auditlogger's authority. */
  readonly ca: string;
  readonly client:
    | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string }
    | { readonly kind: 'token'; readonly token: string };
}

/**
 * The kubeconfig that tells an apiserver where to send its audit events.
 *
 * @param server the auditlogger's URL, with its path: `https://auditlogger.example:9900/events`
 * @param credentials null: over plain HTTP, where the apiserver would send none
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

/** JSON's strings are YAML's too; plain where nothing can be misread. */
function quote(value: string): string {
  return /^[A-Za-z/][\w./:@=+-]*$/.test(value) ? value : JSON.stringify(value);
}

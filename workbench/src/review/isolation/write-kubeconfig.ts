import { readFile, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { stampOwnRequest } from '../../audited-cluster/own-kube-config.ts';
import { openClusterAccess } from '../../audited-cluster/cluster-access.ts';
import { readKubeconfig } from '../../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../../audited-cluster/load-kubeconfig.ts';

/**
 * Writes a kubeconfig with one context, and its credentials as they are now: programs and token files of the original are
 * not needed, nor the variables of such programs.
 *
 * @throws SnoopError as `readKubeconfig`; `no_credentials`
 */
export async function writeIsolatedKubeconfig(file: string, choice: KubeconfigChoice): Promise<KubeconfigChoice> {
  const { cluster, context, users } = readKubeconfig(choice);
  const user = users.find(({ name }) => name === context.user);
  const options: RequestOptions = {};
  await openClusterAccess(choice, stampOwnRequest).applyToHTTPSOptions(options);
  const authorization = String(Object(options.headers).Authorization ?? '');
  const [, token] = /^Bearer (.+)$/.exec(authorization) ?? [];
  const ca = cluster.caData ?? (cluster.caFile === undefined ? undefined : await readBase64(cluster.caFile));
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context.name,
    clusters: [
      {
        name: cluster.name,
        cluster: withoutEmpty({
          server: cluster.server,
          'certificate-authority-data': ca,
          'insecure-skip-tls-verify': cluster.skipTLSVerify || undefined,
          'tls-server-name': cluster.tlsServerName,
          'proxy-url': cluster.proxyUrl,
        }),
      },
    ],
    users: [
      {
        name: context.user,
        user: withoutEmpty({
          token,
          'client-certificate-data': toBase64(options.cert),
          'client-key-data': toBase64(options.key),
          username: user?.username,
          password: user?.password,
          as: user?.impersonateUser,
        }),
      },
    ],
    contexts: [
      {
        name: context.name,
        context: withoutEmpty({ cluster: cluster.name, user: context.user, namespace: context.namespace }),
      },
    ],
  };
  // JSON is YAML.
  await writeFile(file, `${JSON.stringify(kubeconfig, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  return { files: [file], context: context.name };
}

async function readBase64(file: string): Promise<string> {
  return (await readFile(file)).toString('base64');
}

function toBase64(pem: unknown): string | undefined {
  return typeof pem === 'string' || Buffer.isBuffer(pem) ? Buffer.from(pem).toString('base64') : undefined;
}

function withoutEmpty<T extends object>(entry: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined && value !== ''),
  ) as Partial<T>;
}

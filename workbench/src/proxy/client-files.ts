import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '@snoop/snoopdb';
import { readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { readRunHead } from '../journal/read-journal.ts';

const folderName = 'client';

export interface ClientFiles {
  readonly kubeconfig: string;
  /** The CA certificate of the proxy. */
  readonly ca: string;
  /** For kubectl, whose cache would otherwise grow with every port. */
  readonly cache: string;
  remove(): void;
}

/**
 * Writes a kubeconfig that leads to a proxy, with the names and the namespace of the kubeconfig it replaces. Only the user
 * can read it.
 *
 * @param folder the run's folder
 */
export function writeClientFiles(
  folder: string,
  choice: KubeconfigChoice,
  proxy: { readonly url: string; readonly token: string; readonly ca: string },
): ClientFiles {
  const { context } = readKubeconfig(choice);
  const own = join(folder, folderName);
  mkdirSync(own, { mode: 0o700 });
  const remove = (): void => rmSync(own, { recursive: true, force: true });
  // A second Ctrl-C ends the process at once.
  process.once('exit', remove);
  const files = { kubeconfig: join(own, 'kubeconfig'), ca: join(own, 'ca.crt'), cache: join(own, 'cache') };
  // JSON is YAML.
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context.name,
    clusters: [
      {
        name: context.cluster,
        cluster: { server: proxy.url, 'certificate-authority-data': Buffer.from(proxy.ca).toString('base64') },
      },
    ],
    users: [{ name: context.user, user: { token: proxy.token } }],
    contexts: [
      {
        name: context.name,
        context: {
          cluster: context.cluster,
          user: context.user,
          ...(context.namespace !== undefined && { namespace: context.namespace }),
        },
      },
    ],
  };
  writeFileSync(files.kubeconfig, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 });
  writeFileSync(files.ca, proxy.ca, { mode: 0o600 });
  return {
    ...files,
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Removes the files of killed runs; their token is worthless without the proxy. */
export async function removeDeadClientFiles(stateFolder: string): Promise<void> {
  const runs = join(stateFolder, 'runs');
  if (!existsSync(runs)) return;
  for (const id of readdirSync(runs)) {
    const own = join(runs, id, folderName);
    if (!existsSync(own)) continue;
    const head = await readRunHead(join(runs, id)).catch(() => null);
    if (head === null || !isAlive(head.process)) rmSync(own, { recursive: true, force: true });
  }
}

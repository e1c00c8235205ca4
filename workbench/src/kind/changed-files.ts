import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOnNode } from './docker.ts';
import type { Tools } from './docker.ts';
import type { KindFiles } from './kind-files.ts';

/** The files that kind.yaml mounts into the first control plane, for kubelet and API server. */
const mounted: readonly { readonly path: string; readonly onNode: string }[] = [
  { path: 'kind/audit/policy.yaml', onNode: '/etc/kubernetes/pki/audit/policy.yaml' },
  { path: 'kind/audit/sink.kubeconfig', onNode: '/etc/kubernetes/pki/audit/sink.kubeconfig' },
  { path: 'manifests/kind/static-pods/snoopdb.yaml', onNode: '/etc/kubernetes/manifests/snoop-snoopdb.yaml' },
  { path: 'manifests/kind/static-pods/auditlogger.yaml', onNode: '/etc/kubernetes/manifests/snoop-auditlogger.yaml' },
];

/** The hash of kind.yaml. */
export function digestConfig({ config }: KindFiles): string {
  return createHash('sha256').update(readFileSync(config)).digest('hex');
}

/**
 * Lists the project's files that have changed since the cluster was created, with the remedy.
 *
 * @param madeWith the hash of the cluster's kind.yaml
 */
export async function findChangedFiles(
  tools: Tools,
  files: KindFiles,
  node: string,
  madeWith: string,
): Promise<string[]> {
  const changed = digestConfig(files) !== madeWith;
  const notes = changed
    ? [
        "kind/kind.yaml has changed since this cluster was created. To apply it: 'snoop down --kind', then 'snoop up --kind'.",
      ]
    : [];
  for (const { path, onNode } of mounted) {
    const { exitCode, stdout } = await runOnNode(tools, node, ['cat', onNode]);
    // A mount still shows the old file after the file was replaced, until it is mounted again.
    if (exitCode === 0 && stdout !== readFileSync(join(files.root, path), 'utf8'))
      notes.push(`${path} has changed, but the node still has the old one. To apply it: 'docker restart ${node}'.`);
  }
  return notes;
}

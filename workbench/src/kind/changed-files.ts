import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOnNode } from './docker.ts';
import type { Tools } from './docker.ts';
import type { KindFiles } from './kind-files.ts';

/** What is mounted into the first control plane, as kind.yaml says; the kubelet and the API server read it. */
const mounted: readonly { readonly path: string; readonly onNode: string }[] = [
  { path: 'kind/audit/policy.yaml', onNode: '/etc/kubernetes/pki/audit/policy.yaml' },
  { path: 'kind/audit/sink.kubeconfig', onNode: '/etc/kubernetes/pki/audit/sink.kubeconfig' },
  { path: 'manifests/kind/static-pods/snoopdb.yaml', onNode: '/etc/kubernetes/manifests/snoop-snoopdb.yaml' },
  { path: 'manifests/kind/static-pods/auditlogger.yaml', onNode: '/etc/kubernetes/manifests/snoop-auditlogger.yaml' },
];

/** Tells one make of kind.yaml from another. */
export function digestConfig({ config }: KindFiles): string {
  return createHash('sha256').update(readFileSync(config)).digest('hex');
}

/**
 * What of the project's files a running cluster does not know yet, with the way out; empty when it is of now.
 *
 * @param madeWith the digest of the kind.yaml that the cluster was made from
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
        "kind/kind.yaml has changed since this cluster was made: 'snoop down --kind' and 'snoop up --kind' take that over.",
      ]
    : [];
  for (const { path, onNode } of mounted) {
    const { exitCode, stdout } = await runOnNode(tools, node, ['cat', onNode]);
    // A file that was replaced by another of its name is another file to a mount, until the mount is made again.
    if (exitCode === 0 && stdout !== readFileSync(join(files.root, path), 'utf8'))
      notes.push(`${path} has changed, and the node still has the older one: 'docker restart ${node}' takes it over.`);
  }
  return notes;
}

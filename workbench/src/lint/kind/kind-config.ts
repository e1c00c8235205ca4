import { resolve } from 'node:path';
import type { YamlNode } from '../yaml-node.ts';

/** A file or folder of this machine that is mounted into a node. */
export interface KindMount {
  /** As written in the file. */
  readonly hostPath: string;
  /** The absolute path. */
  readonly here: string;
  readonly containerPath: string;
  readonly isReadOnly: boolean;
  readonly line: number;
}

/** A node that kind creates. */
export interface KindNode {
  /** The name of its container and of the node in the cluster. */
  readonly name: string;
  readonly isControlPlane: boolean;
  /** kubeadm init runs on it, and kubeadm join on the others. */
  readonly isFirst: boolean;
  readonly image: string | null;
  readonly mounts: readonly KindMount[];
  /** null: kind's default node. */
  readonly yaml: YamlNode | null;
  readonly line: number;
}

/** A kind configuration; what kind ignores is left out. */
export interface KindConfig {
  readonly file: string;
  readonly yaml: YamlNode;
  readonly nodes: readonly KindNode[];
}

/**
 * @param folder where kind is called; relative paths start from it (kind's
 *   pkg/cluster/internal/providers/docker/provision.go)
 */
export function readKindConfig(yaml: YamlNode, file: string, folder: string): KindConfig {
  const cluster = yaml.get('name')?.text || 'kind';
  const written = yaml.get('nodes')?.items() ?? [];
  const counts = new Map<string, number>();
  const nodes = (written.length > 0 ? written : [null]).map((node): KindNode => {
    const role = node?.get('role')?.text || 'control-plane';
    const number = (counts.get(role) ?? 0) + 1;
    counts.set(role, number);
    return {
      name: `${cluster}-${role}${number === 1 ? '' : number}`,
      isControlPlane: role === 'control-plane',
      isFirst: role === 'control-plane' && number === 1,
      image: node?.get('image')?.text ?? null,
      mounts: node === null ? [] : readMounts(node, folder),
      yaml: node,
      line: (node ?? yaml).line,
    };
  });
  return { file, yaml, nodes };
}

function readMounts(node: YamlNode, folder: string): KindMount[] {
  return (node.get('extraMounts')?.items() ?? []).flatMap((mount) => {
    const hostPath = mount.get('hostPath')?.text;
    const containerPath = mount.get('containerPath')?.text;
    if (!hostPath || !containerPath) return [];
    const isReadOnly = mount.get('readOnly')?.value === true;
    const line = mount.get('hostPath')?.line ?? mount.line;
    return [
      {
        hostPath,
        here: resolve(folder, hostPath),
        containerPath: containerPath.replace(/(?<=.)\/+$/, ''),
        isReadOnly,
        line,
      },
    ];
  });
}

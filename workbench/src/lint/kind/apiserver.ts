import { existsSync } from 'node:fs';
import { kubeadmMounts, readArguments, readVolume } from '../audit/apiserver-source.ts';
import type { Flag } from '../audit/audit-flags.ts';
import { createLocate, isBelow, type Layer, type Locate, type Mount } from '../path-map.ts';
import type { YamlNode } from '../yaml-node.ts';
import type { KindNode } from './kind-config.ts';
import type { KubeadmVersion } from './kubeadm-version.ts';
import { isAppliedTo, type Scope } from './patch.ts';

/** The apiservers after the patches, for one version of kubeadm's configuration. */
export interface Apiserver {
  /** Whether a patch of the version concerns the apiserver. */
  readonly isPatched: boolean;
  readonly flags: readonly Flag[];
  /** The node's folders and files in the apiserver's container, besides those that kubeadm always mounts. */
  readonly volumes: readonly Mount[];
  /** The line of the first patch. */
  readonly line: number | null;
}

/**
 * Applies patches in kind's order: the cluster's, then those of the first control plane; merge patches before the
 * others (kind's pkg/internal/patch/kubeyaml.go).
 */
export function applyPatches(scopes: readonly Scope[], version: KubeadmVersion): Apiserver {
  const applied = scopes
    .filter(({ node }) => node === null || node.isFirst)
    .flatMap(({ patches }) => patches)
    .filter((patch) => patch.kind === 'ClusterConfiguration' && isAppliedTo(patch, version));
  const flags = new Map<string, Flag>();
  let volumes: Mount[] = [];
  for (const patch of applied) {
    if (patch.form === 'json6902') {
      volumes = applyOperations(patch.content, flags, volumes);
      continue;
    }
    const apiServer = patch.content.get('apiServer');
    setArguments(apiServer?.get('extraArgs') ?? null, flags);
    const more = apiServer?.get('extraVolumes') ?? null;
    if (more !== null) volumes = more.items().flatMap(readVolume);
  }
  return { isPatched: applied.length > 0, flags: [...flags.values()], volumes, line: applied[0]?.line ?? null };
}

/** Finds paths of a node's apiserver on this machine. */
export function createApiserverLocate({ volumes }: Apiserver, { name, mounts }: KindNode): Locate {
  const container: Layer = {
    mounts: [...volumes, ...kubeadmMounts],
    explainMissing: (path) =>
      `${path} is not in the apiserver's container, which does not start without it: kubeadm mounts only /etc/kubernetes/pki of /etc/kubernetes. ` +
      'Mount it under /etc/kubernetes/pki/audit with extraMounts, or add it to extraVolumes of the apiServer.',
  };
  const node: Layer = {
    mounts: mounts.map(({ here, containerPath }) => ({ outside: here, inside: containerPath })),
    explainMissing: (path) =>
      `${path} is not on ${name}: the apiserver does not start without it. Mount its folder with extraMounts of the node.`,
  };
  const locate = createLocate([container, node], '/');
  return (path) => {
    const found = locate(path);
    // A missing mount is reported elsewhere.
    const isSaid = 'here' in found && mounts.some(({ here }) => isBelow(found.here, here) && !existsSync(here));
    return isSaid ? { reason: null } : found;
  };
}

function setArguments(args: YamlNode | null, flags: Map<string, Flag>): void {
  for (const { name, value, line } of readArguments(args)) if (name !== null) setArgument(name, value, line, flags);
}

function setArgument(key: string, value: YamlNode | null, line: number, flags: Map<string, Flag>): void {
  const name = `--${key}`;
  if (value?.value == null) flags.delete(name);
  else flags.set(name, { name, value: String(value.value), line });
}

function applyOperations(content: YamlNode, flags: Map<string, Flag>, before: readonly Mount[]): Mount[] {
  let volumes = [...before];
  for (const operation of content.items()) {
    const path = operation.get('path')?.text ?? '';
    const value = operation.get('value');
    const isRemoval = operation.get('op')?.text === 'remove';
    const [, list, step] = /^\/apiServer\/(extraArgs|extraVolumes)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (list === 'extraArgs') {
      if (step === undefined) flags.clear();
      if (step !== undefined && !/^(\d+|-)$/.test(step)) {
        setArgument(step.replaceAll('~1', '/').replaceAll('~0', '~'), isRemoval ? null : value, operation.line, flags);
      } else if (value !== null && step === undefined) setArguments(value, flags);
      else if (value !== null) setArgument(value.get('name')?.text ?? '', value.get('value'), operation.line, flags);
    } else if (list === 'extraVolumes' && value !== null) {
      volumes = step === undefined ? value.items().flatMap(readVolume) : [...volumes, ...readVolume(value)];
    }
  }
  return volumes;
}

import type { Report } from '../finding.ts';
import { readInnerYaml, type YamlNode } from '../yaml-node.ts';
import type { KindConfig, KindNode } from './kind-config.ts';
import { type KubeadmVersion, kubeadmVersions } from './kubeadm-version.ts';

/** One document of `kubeadmConfigPatches`, or one element of `kubeadmConfigPatchesJSON6902`. */
export interface Patch {
  readonly form: 'merge' | 'json6902';
  readonly kind: string | null;
  /** null: matches every version. */
  readonly apiVersion: string | null;
  /** null: any, or unknown to kind. */
  readonly version: KubeadmVersion | null;
  /** The merge patch, or the list of operations; lines are those of the file. */
  readonly content: YamlNode;
  readonly line: number;
}

/** Patches of the cluster, or of one node. */
export interface Scope {
  /** null: the cluster's. */
  readonly node: KindNode | null;
  readonly patches: readonly Patch[];
}

/** @returns the cluster's patches, then those of nodes */
export function readPatches({ yaml, nodes }: KindConfig, report: Report): Scope[] {
  const nodePatches = nodes.map((node) => ({ node, patches: node.yaml === null ? [] : read(node.yaml, report) }));
  return [{ node: null, patches: read(yaml, report) }, ...nodePatches.filter(({ patches }) => patches.length > 0)];
}

/** Whether kind applies a patch to documents of a version (kind's pkg/internal/patch/resource.go). */
export function isAppliedTo(patch: Patch, version: KubeadmVersion): boolean {
  return patch.apiVersion === null || patch.version === version;
}

function read(owner: YamlNode, report: Report): Patch[] {
  const merges = (owner.get('kubeadmConfigPatches')?.items() ?? [])
    .flatMap((text) => readInnerYaml(text, report))
    .map((content) => describe('merge', content, content.get('apiVersion')?.text, content));
  const others = (owner.get('kubeadmConfigPatchesJSON6902')?.items() ?? []).flatMap((patch) => {
    const apiVersion = [patch.get('group')?.text, patch.get('version')?.text].filter(Boolean).join('/');
    const operations = patch.get('patch');
    const documents = operations === null ? [] : readInnerYaml(operations, report);
    return documents.map((content) => describe('json6902', patch, apiVersion, content));
  });
  return [...merges, ...others];
}

function describe(
  form: Patch['form'],
  target: YamlNode,
  apiVersion: string | null | undefined,
  content: YamlNode,
): Patch {
  const kind = target.get('kind')?.text || null;
  const version = kubeadmVersions.find((known) => apiVersion === `kubeadm.k8s.io/${known}`) ?? null;
  return { form, kind, apiVersion: apiVersion || null, version, content, line: target.line };
}

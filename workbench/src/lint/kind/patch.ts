import type { Report } from '../finding.ts';
import { readYaml, YamlError, type YamlNode } from '../yaml-node.ts';
import type { KindConfig, KindNode } from './kind-config.ts';
import { type KubeadmVersion, kubeadmVersions } from './kubeadm-version.ts';

/** One document of `kubeadmConfigPatches`, or one element of `kubeadmConfigPatchesJSON6902`. */
export interface Patch {
  readonly form: 'merge' | 'json6902';
  readonly kind: string | null;
  /** null: of whatever version the document has. */
  readonly apiVersion: string | null;
  /** null: of any, or of none that kind has. */
  readonly version: KubeadmVersion | null;
  /** What is merged, or the list of operations; its lines are those of the file. */
  readonly content: YamlNode;
  readonly line: number;
}

/** Patches of the cluster, or of one node. */
export interface Scope {
  /** null: the cluster's. */
  readonly node: KindNode | null;
  readonly patches: readonly Patch[];
}

/** @returns the cluster's patches first, then those of nodes that have some */
export function readPatches({ yaml, nodes }: KindConfig, report: Report): Scope[] {
  const ofNodes = nodes.map((node) => ({ node, patches: node.yaml === null ? [] : read(node.yaml, report) }));
  return [{ node: null, patches: read(yaml, report) }, ...ofNodes.filter(({ patches }) => patches.length > 0)];
}

/** Whether kind applies a patch to the document of this version (kind's pkg/internal/patch/resource.go). */
export function isAppliedTo(patch: Patch, version: KubeadmVersion): boolean {
  return patch.apiVersion === null || patch.version === version;
}

function read(owner: YamlNode, report: Report): Patch[] {
  const merges = owner.get('kubeadmConfigPatches')?.items() ?? [];
  const others = owner.get('kubeadmConfigPatchesJSON6902')?.items() ?? [];
  return [
    ...merges.flatMap((text) =>
      readDocuments(text, report).map((content): Patch => {
        const apiVersion = content.get('apiVersion')?.text || null;
        return describe('merge', content.get('kind')?.text || null, apiVersion, content, content.line);
      }),
    ),
    ...others.flatMap((one) => {
      const text = one.get('patch');
      const apiVersion = [one.get('group')?.text, one.get('version')?.text].filter(Boolean).join('/') || null;
      return (text === null ? [] : readDocuments(text, report)).map((content) =>
        describe('json6902', one.get('kind')?.text || null, apiVersion, content, one.line),
      );
    }),
  ];
}

function describe(
  form: Patch['form'],
  kind: string | null,
  apiVersion: string | null,
  content: YamlNode,
  line: number,
): Patch {
  const version = kubeadmVersions.find((one) => apiVersion === `kubeadm.k8s.io/${one}`) ?? null;
  return { form, kind, apiVersion, version, content, line };
}

function readDocuments(text: YamlNode, report: Report): YamlNode[] {
  const shift = text.line - 1;
  try {
    return readYaml(text.text ?? '')
      .filter(({ value }) => typeof value === 'object' && value !== null)
      .map((document) => shiftLines(document, shift));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const message = `The patch is no YAML: ${error.message}. kind makes no cluster from this.`;
    report('error', 'no-yaml', (error.line ?? 1) + shift, message);
    return [];
  }
}

/** A text in a file has lines of its own; findings name the file's. */
function shiftLines(node: YamlNode, by: number): YamlNode {
  return {
    value: node.value,
    text: node.text,
    line: node.line + by,
    get: (key) => {
      const found = node.get(key);
      return found === null ? null : shiftLines(found, by);
    },
    entries: () =>
      node.entries().map(({ key, line, node: inner }) => ({ key, line: line + by, node: shiftLines(inner, by) })),
    items: () => node.items().map((item) => shiftLines(item, by)),
  };
}

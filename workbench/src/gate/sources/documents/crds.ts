import { parseYaml, type YamlNode } from '../../../lint/yaml-node.ts';
import type { ContentFile } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';
import { count } from '../../../output/quantities.ts';
import { formatOperationId, formatTag } from './operation-id.ts';

/** A manifest in YAML or JSON, with its file. */
export interface Manifest {
  readonly file: string;
  readonly node: YamlNode;
}

/** What a version of a CRD serves. */
interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
}

const limits = { maxAliases: 20, maxDepth: 100 };
/** A CRD has a thousand lines a version; hundreds of them in one file are usual. */
const maxLines = 2_000_000;

/**
 * Reads the manifests of a file; those in lists, too.
 *
 * @throws SourceProblem if it is not YAML
 */
export function readManifests({ name, bytes }: ContentFile): Manifest[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SourceProblem(`${name} is not UTF-8 text. Give manifests in YAML or JSON.`);
  }
  if (text.split('\n').length > maxLines) {
    throw new SourceProblem(`${name} has more than ${maxLines} lines. Give only manifests of CRDs.`);
  }
  let documents: YamlNode[];
  try {
    documents = parseYaml(text, 1, null, limits);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    const hint = text.includes('{{') ? 'Render the chart first: helm template' : 'Give whole manifests.';
    throw new SourceProblem(`${name} is not YAML: ${reason.slice(0, 200)}. ${hint}`);
  }
  return documents.flatMap((node) => unpackList(node)).map((node) => ({ file: name, node }));
}

/**
 * The OpenAPI document that a kube-apiserver makes of CRDs, without schemas (Kubernetes:
 * staging/src/k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder/builder.go).
 *
 * @throws SourceProblem if there is no CRD, or one is incomplete
 */
export function createCrdDocument(
  name: string,
  manifests: readonly Manifest[],
): { document: unknown; notes: string[] } {
  const crds = manifests.filter(({ node }) => node.get('kind')?.text === 'CustomResourceDefinition');
  if (crds.length === 0) {
    throw new SourceProblem(
      `${name} is not an OpenAPI document, and has no CustomResourceDefinition. Give a swagger.json, or the folder of your CRDs.`,
    );
  }
  const paths: Record<string, Record<string, unknown>> = {};
  const files = new Map<string, string>();
  const notes: string[] = [];
  for (const crd of crds) {
    const crdName = crd.node.get('metadata')?.get('name')?.text ?? '';
    const before = files.get(crdName);
    if (before !== undefined) notes.push(`CRD ${crdName} is in ${before} and ${crd.file}: both are read.`);
    files.set(crdName, crd.file);
    for (const resource of listResources(crd)) addPaths(paths, resource);
  }
  const others = manifests.length - crds.length;
  if (others > 0) notes.push(`Manifests that are not CRDs, skipped: ${others}.`);
  notes.push(`Its endpoints are those that a kube-apiserver serves for ${count(crds.length, 'CRD')}.`);
  return { document: { swagger: '2.0', paths }, notes };
}

function unpackList(node: YamlNode): YamlNode[] {
  return /List$/.test(node.get('kind')?.text ?? '') ? [...(node.get('items')?.items() ?? [])] : [node];
}

function listResources({ file, node }: Manifest): ServedResource[] {
  const fail = (what: string, line: number): never => {
    throw new SourceProblem(`${file}, line ${line}: the CRD ${what}. Give whole manifests of apiextensions.k8s.io/v1.`);
  };
  const apiVersion = node.get('apiVersion')?.text;
  if (apiVersion !== 'apiextensions.k8s.io/v1') return fail(`is of ${apiVersion ?? 'no version'}`, node.line);
  const spec = node.get('spec') ?? fail('has no spec', node.line);
  const need = (field: string, found: YamlNode | null | undefined, allowed: RegExp): string => {
    const text = found?.text;
    return text && allowed.test(text) ? text : fail(`has no valid ${field}`, found?.line ?? spec.line);
  };
  const word = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
  const names = spec.get('names');
  const group = need('spec.group', spec.get('group'), word);
  const plural = need('spec.names.plural', names?.get('plural'), word);
  const kind = need('spec.names.kind', names?.get('kind'), /^[A-Za-z][-A-Za-z0-9]*$/);
  const isNamespaced = need('spec.scope', spec.get('scope'), /^(?:Namespaced|Cluster)$/) === 'Namespaced';
  const versions = spec.get('versions')?.items() ?? [];
  const stored = versions.filter((version) => version.get('storage')?.value === true);
  if (stored.length !== 1) return fail(`has ${count(stored.length, 'version')} that it stores, not one`, spec.line);
  return versions.flatMap((version) => {
    const name = need('version name', version.get('name'), word);
    const served = version.get('served')?.value;
    if (typeof served !== 'boolean') return fail(`does not say whether it serves ${name}`, version.line);
    const has = (subresource: string): boolean => {
      const all = version.get('subresources');
      const found = all?.get(subresource);
      // `status:` without a value may be the end of a cut file.
      if (all?.value === null || found?.value === null) fail(`has an empty subresource of ${name}`, all?.line ?? 0);
      return found !== null && found !== undefined;
    };
    const [hasStatus, hasScale] = [has('status'), has('scale')];
    return served ? [{ group, version: name, plural, kind, isNamespaced, hasStatus, hasScale }] : [];
  });
}

function addPaths(paths: Record<string, Record<string, unknown>>, resource: ServedResource): void {
  const { group, version, plural, kind, isNamespaced, hasStatus, hasScale } = resource;
  const root = `/apis/${group}/${version}`;
  const scope = isNamespaced ? 'Namespaced' : '';
  const collection = isNamespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const object = `${collection}/{name}`;
  const add = (path: string, method: string, action: string, operation: string): void => {
    paths[path] ??= {};
    paths[path][method] = {
      operationId: formatOperationId(operation, path),
      tags: [formatTag(path)],
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
  };
  if (isNamespaced) add(`${root}/${plural}`, 'get', 'list', `list${kind}ForAllNamespaces`);
  add(collection, 'get', 'list', `list${scope}${kind}`);
  add(collection, 'post', 'post', `create${scope}${kind}`);
  add(collection, 'delete', 'deletecollection', `deletecollection${scope}${kind}`);
  add(object, 'get', 'get', `read${scope}${kind}`);
  add(object, 'put', 'put', `replace${scope}${kind}`);
  add(object, 'delete', 'delete', `delete${scope}${kind}`);
  add(object, 'patch', 'patch', `patch${scope}${kind}`);
  for (const subresource of [hasStatus && 'status', hasScale && 'scale']) {
    if (subresource === false) continue;
    const name = `${scope}${kind}${subresource === 'status' ? 'Status' : 'Scale'}`;
    const path = `${object}/${subresource}`;
    add(path, 'get', 'get', `read${name}`);
    add(path, 'put', 'put', `replace${name}`);
    add(path, 'patch', 'patch', `patch${name}`);
  }
}

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Report } from '../finding.ts';
import { createLocate, type Layer, locateHere, type Mount, type PathView } from '../path-map.ts';
import { countLines, readInnerYaml, type YamlNode } from '../yaml-node.ts';
import type { Flag } from './audit-flags.ts';

/** A kube-apiserver's flags and paths. */
export interface ApiserverSource extends PathView {
  readonly flags: readonly Flag[];
}

/** Reads a Pod manifest, as kubeadm writes it; empty when no container is a kube-apiserver. */
export function readManifest(node: YamlNode, file: string): ApiserverSource[] {
  const spec = node.get('spec');
  const listWords = (container: YamlNode): YamlNode[] =>
    ['command', 'args'].flatMap((name) => container.get(name)?.items() ?? []);
  const container = spec
    ?.get('containers')
    ?.items()
    .find((container) =>
      listWords(container).some(({ text }) => text?.endsWith('kube-apiserver') || text?.startsWith('--audit-')),
    );
  if (!spec || !container) return [];
  const volumes = new Map(
    (spec.get('volumes')?.items() ?? []).map((volume) => [
      volume.get('name')?.text,
      volume.get('hostPath')?.get('path')?.text,
    ]),
  );
  const mounts = (container.get('volumeMounts')?.items() ?? []).flatMap((mount) =>
    toMount(volumes.get(mount.get('name')?.text), mount.get('mountPath')?.text),
  );
  const locate = createLocate([createLayer(mounts)], dirname(file));
  return [{ flags: readWords(listWords(container)), locate, isHere: false }];
}

/** Reads kubeadm's ClusterConfiguration. */
export function readKubeadm(node: YamlNode, file: string, machine: readonly Layer[] = []): ApiserverSource {
  const apiServer = node.get('apiServer');
  const flags = readArguments(apiServer?.get('extraArgs')).map(({ name, value, line }) => ({
    name: `--${(name ?? '').replace(/^-+/, '')}`,
    value: value?.value == null ? null : String(value.value),
    line,
  }));
  const volumes = apiServer?.get('extraVolumes')?.items() ?? [];
  const container = createLayer([...volumes.flatMap(readVolume), ...kubeadmMounts]);
  return { flags, locate: createLocate([container, ...machine], dirname(file)), isHere: false };
}

/** An argument in kubeadm's configuration. */
export interface Argument {
  readonly name: string | null;
  readonly value: YamlNode | null;
  readonly line: number;
}

/** Reads arguments: a mapping in kubeadm v1beta3, a list in v1beta4. */
export function readArguments(args: YamlNode | null | undefined): Argument[] {
  if (Array.isArray(args?.value)) {
    return args
      .items()
      .map((one) => ({ name: one.get('name')?.text ?? null, value: one.get('value'), line: one.line }));
  }
  return (args?.entries() ?? []).map(({ key, node, line }) => ({ name: key, value: node, line }));
}

/** Reads an element of kubeadm's extraVolumes; empty when it lacks a path. */
export function readVolume(volume: YamlNode): Mount[] {
  return toMount(volume.get('hostPath')?.text, volume.get('mountPath')?.text);
}

/** What kubeadm always mounts (cmd/kubeadm/app/phases/controlplane/volumes.go). */
export const kubeadmMounts: readonly Mount[] = [
  ...['/etc/kubernetes/pki', '/etc/ssl/certs', '/etc/ca-certificates', '/usr/share/ca-certificates'],
  ...['/usr/local/share/ca-certificates', '/etc/pki/ca-trust', '/etc/pki/tls/certs'],
].map((path) => ({ outside: path, inside: path }));

/** Reads kind's Cluster: kubeadm's configuration is in patches, and nodes have mounts of this machine. */
export function readKind(node: YamlNode, file: string, report: Report): ApiserverSource[] {
  const nodes = node.get('nodes')?.items() ?? [];
  const mounts = nodes.flatMap((node) =>
    (node.get('extraMounts')?.items() ?? []).flatMap((mount) =>
      toMount(fromHere(mount.get('hostPath')?.text), mount.get('containerPath')?.text),
    ),
  );
  return [node, ...nodes]
    .flatMap((owner) => owner.get('kubeadmConfigPatches')?.items() ?? [])
    .flatMap((patch) => readInnerYaml(patch, report))
    .filter((document) => document.get('kind')?.text === 'ClusterConfiguration')
    .map((document) => readKubeadm(document, file, [createLayer(mounts)]));
}

/**
 * kind resolves relative paths from the folder it is called in; the files of a copied configuration may not be here.
 */
function fromHere(path: string | null | undefined): string | null {
  return path && existsSync(resolve(path)) ? resolve(path) : (path ?? null);
}

/** Reads any text with flags: a list, a systemd unit, a shell script. */
export function readText(source: string): ApiserverSource | null {
  const lineAt = countLines(source);
  const readable = source.replace(/^\s*#.*$/gm, (comment) => ' '.repeat(comment.length));
  const plain = [
    ...readable.matchAll(/(?<![\w-])(--[a-z][a-z0-9-]*)(?:(?:=|[ \t]+(?!-))("[^"\n]*"|'[^'\n]*'|[^\s"'\\,]+))?/g),
  ].filter(({ 1: name }) => name !== '--kube-apiserver-arg' && name !== '--extra-config');
  const handedOn = [...readable.matchAll(handedOnFlag)];
  const flags = [
    ...plain.map(({ 1: name = '', 2: value, index }) => ({ name, value, index })),
    ...handedOn.map(({ 1: name = '', 2: value, index }) => ({ name: `--${name}`, value, index })),
  ]
    .sort((a, b) => a.index - b.index)
    .map(({ name, value, index }) => ({
      name,
      value: value?.replace(/^["']|["']$/g, '') ?? null,
      line: lineAt(index),
    }));
  const isApiserver = handedOn.length > 0 || flags.some(({ name }) => name.startsWith('--audit-'));
  return isApiserver ? { flags, locate: locateHere, isHere: false } : null;
}

/**
 * A flag that another program passes to its kube-apiserver: k3s and rke2 `--kube-apiserver-arg=name=value`, minikube
 * `--extra-config=apiserver.name=value`; with a `=` or as two words, with optional quotes and escaped line ends.
 */
const handedOnFlag =
  /(?<![\w-])--(?:kube-apiserver-arg["']?(?:=|[\s\\]+)["']?(?:--)?|extra-config["']?(?:=|[\s\\]+)["']?apiserver\.)([a-z][a-z0-9-]*)(?:=("[^"\n]*"|'[^'\n]*'|[^\s"'\\,]+))?/g;

/**
 * Reads a configuration of k3s or rke2: `kube-apiserver-arg` is a list of `name=value`, or a single one; null for
 * other documents.
 */
export function readAgentConfig(node: YamlNode): ApiserverSource | null {
  const given = ['kube-apiserver-arg', 'kube-apiserver-arg+'].flatMap((key) => {
    const field = node.get(key);
    return field === null ? [] : [field];
  });
  if (given.length === 0) return null;
  const words = given.flatMap((field) => (field.text === null ? field.items() : [field]));
  const flags = words.flatMap(({ text, line }) => {
    const [, name, value] = /^(?:--)?([^=\s]+)(?:=(.*))?$/s.exec(text ?? '') ?? [];
    return name === undefined ? [] : [{ name: `--${name}`, value: value ?? null, line }];
  });
  return { flags, locate: locateHere, isHere: false };
}

function createLayer(mounts: readonly Mount[]): Layer {
  const explainMissing = (path: string): string =>
    `${path} is not in a volume of the apiserver, which does not start without it. Mount its folder.`;
  return { mounts, explainMissing };
}

function toMount(outside: string | null | undefined, inside: string | null | undefined): Mount[] {
  return outside && inside ? [{ outside, inside }] : [];
}

/** `--name=value`, or `--name` and `value` as two words. */
function readWords(words: readonly YamlNode[]): Flag[] {
  return words.flatMap(({ text, line }, index) => {
    const [, name, value] = /^(--[^=\s]+)(?:=(.*))?$/s.exec(text ?? '') ?? [];
    if (name === undefined) return [];
    const next = words[index + 1]?.text ?? null;
    return [{ name, value: value ?? (next !== null && !next.startsWith('-') ? next : null), line }];
  });
}

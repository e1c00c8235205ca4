import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Flag } from './audit-flags.ts';
import { createLocate, type Locate, locateHere, type Mount } from '../path-map.ts';
import { countLines, readYaml, type YamlNode } from '../yaml-node.ts';

/** The flags of a kube-apiserver, and where its paths are. */
export interface ApiserverSource {
  readonly flags: readonly Flag[];
  readonly locate: Locate;
}

/** A Pod's manifest, as kubeadm writes it; null when no container of it is a kube-apiserver. */
export function readManifest(node: YamlNode, file: string): ApiserverSource | null {
  const spec = node.get('spec');
  const container = spec
    ?.get('containers')
    ?.items()
    .find((one) => {
      const words = [...(one.get('command')?.items() ?? []), ...(one.get('args')?.items() ?? [])];
      return words.some(({ text }) => text?.endsWith('kube-apiserver') || text?.startsWith('--audit-'));
    });
  if (!spec || !container) return null;
  const words = [...(container.get('command')?.items() ?? []), ...(container.get('args')?.items() ?? [])];
  const volumes = new Map(
    (spec.get('volumes')?.items() ?? []).map((volume) => [
      volume.get('name')?.text,
      volume.get('hostPath')?.get('path')?.text,
    ]),
  );
  const mounts = (container.get('volumeMounts')?.items() ?? []).flatMap((mount) =>
    toMount(volumes.get(mount.get('name')?.text) ?? null, mount.get('mountPath')?.text),
  );
  return { flags: readWords(words), locate: createLocate([mounts], dirname(file)) };
}

/** kubeadm's ClusterConfiguration; the arguments are a mapping in v1beta3, and a list in v1beta4. */
export function readKubeadm(node: YamlNode, file: string, machine: readonly Mount[] | null = null): ApiserverSource {
  const apiServer = node.get('apiServer');
  const args = apiServer?.get('extraArgs') ?? null;
  const flags = Array.isArray(args?.value)
    ? args.items().map((one) => toFlag(one.get('name')?.text ?? '', one.get('value'), one.line))
    : (args?.entries() ?? []).map(({ key, node: value, line }) => toFlag(key, value, line));
  const mounts = (apiServer?.get('extraVolumes')?.items() ?? []).flatMap((volume) =>
    toMount(volume.get('hostPath')?.text, volume.get('mountPath')?.text),
  );
  const layers = [[...mounts, ...kubeadmMounts], ...(machine === null ? [] : [machine])];
  return { flags, locate: createLocate(layers, dirname(file)) };
}

/** What kubeadm mounts without being asked (cmd/kubeadm/app/phases/controlplane/volumes.go). */
export const kubeadmMounts: readonly Mount[] = [
  ...['/etc/kubernetes/pki', '/etc/ssl/certs', '/etc/ca-certificates', '/usr/share/ca-certificates'],
  ...['/usr/local/share/ca-certificates', '/etc/pki/ca-trust', '/etc/pki/tls/certs'],
].map((path) => ({ outside: path, inside: path }));

/**
 * kind's Cluster: kubeadm's configuration is in patches, and its nodes have mounts of this machine.
 * @throws YamlError for a patch that is none
 */
export function readKind(node: YamlNode, file: string): ApiserverSource[] {
  const nodes = node.get('nodes')?.items() ?? [];
  const machine = nodes.flatMap((one) =>
    (one.get('extraMounts')?.items() ?? []).flatMap((mount) =>
      toMount(fromHere(mount.get('hostPath')?.text), mount.get('containerPath')?.text),
    ),
  );
  const patches = [node, ...nodes].flatMap((one) => one.get('kubeadmConfigPatches')?.items() ?? []);
  return patches.flatMap((patch) => {
    const documents = readYaml(patch.text ?? '').filter((one) => one.get('kind')?.text === 'ClusterConfiguration');
    return documents.map((document) => {
      const { flags, locate } = readKubeadm(document, file, machine);
      return { flags: flags.map((flag) => ({ ...flag, line: flag.line + patch.line - 1 })), locate };
    });
  });
}

/** kind's relative paths start from the folder that it is called in; a file that is only looked at may have its own beside it. */
function fromHere(path: string | null | undefined): string | null {
  return path && existsSync(resolve(path)) ? resolve(path) : (path ?? null);
}

/** Any text with flags in it: a list of them, a unit of systemd, a shell script. */
export function readText(source: string): ApiserverSource | null {
  const lineAt = countLines(source);
  const readable = source.replace(/^\s*#.*$/gm, (comment) => ' '.repeat(comment.length));
  const flags = [
    ...readable.matchAll(/(?<![\w-])(--[a-z][a-z0-9-]*)(?:(?:=|[ \t]+(?!-))("[^"\n]*"|'[^'\n]*'|[^\s"'\\,]+))?/g),
  ].map(({ 1: name = '', 2: value, index }) => ({
    name,
    value: value?.replace(/^["']|["']$/g, '') ?? null,
    line: lineAt(index),
  }));
  return flags.some(({ name }) => name.startsWith('--audit-')) ? { flags, locate: locateHere } : null;
}

function toMount(outside: string | null | undefined, inside: string | null | undefined): Mount[] {
  return outside && inside ? [{ outside, inside }] : [];
}

function toFlag(name: string, value: YamlNode | null, line: number): Flag {
  const isGiven = value !== null && value.value !== null;
  return { name: `--${name.replace(/^-+/, '')}`, value: isGiven ? String(value.value) : null, line };
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

import { readArguments } from '../audit/apiserver-source.ts';
import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';
import type { KubeadmVersion } from './kubeadm-version.ts';
import type { Patch } from './patch.ts';

/** Keys that only one version has. */
const versionSpecificKeys = [
  'apiVersion',
  'kind',
  'metadata',
  'proxy',
  'encryptionAlgorithm',
  'certificateValidityPeriod',
  'caCertificateValidityPeriod',
  'timeouts',
  'dryRun',
  'imagePullSerial',
  'extraEnvs',
  'timeoutForControlPlane',
  'disabled',
];

interface Setting {
  readonly value: string;
  readonly line: number;
}

/** Reports differences between the patches for kubeadm v1beta3 and v1beta4: the cluster would depend on the release. */
export function comparePatches(patches: readonly Patch[], report: Report): void {
  const merges = patches.filter(({ form }) => form === 'merge');
  for (const kind of new Set(merges.map((patch) => patch.kind))) {
    const older = collectSettings(merges, kind, 'v1beta3');
    const newer = collectSettings(merges, kind, 'v1beta4');
    if (older === null || newer === null) continue;
    for (const [path, { value, line }] of newer) {
      const before = older.get(path);
      if (before === undefined) reportMissing(path, 'v1beta4', 'v1beta3', line, report);
      else if (before.value !== value) {
        const message = `${path} is '${value}' in v1beta4, but '${before.value}' in v1beta3 (line ${before.line}): the cluster depends on its release. Use the same in both.`;
        report('warning', 'patches-differ', line, message);
      }
    }
    for (const [path, { line }] of older) {
      if (!newer.has(path)) reportMissing(path, 'v1beta3', 'v1beta4', line, report);
    }
  }
}

function reportMissing(path: string, here: string, there: string, line: number, report: Report): void {
  const message = `${path} is in the patch for ${here}, but not in the one for ${there}: the cluster depends on its release. Use the same in both.`;
  report('warning', 'patches-differ', line, message);
}

/** @returns null without patches of this version */
function collectSettings(
  patches: readonly Patch[],
  kind: string | null,
  version: KubeadmVersion,
): Map<string, Setting> | null {
  const own = patches.filter((patch) => patch.kind === kind && patch.version === version);
  if (own.length === 0) return null;
  const settings = new Map<string, Setting>();
  for (const { content } of own) flatten(content, [], settings);
  return settings;
}

function flatten(node: YamlNode, path: readonly string[], settings: Map<string, Setting>): void {
  const last = path.at(-1) ?? '';
  const isArguments = last === 'extraArgs' || last === 'kubeletExtraArgs';
  if (isArguments && Array.isArray(node.value)) {
    for (const { name, value, line } of readArguments(node)) {
      settings.set([...path, name ?? '?'].join('.'), { value: String(value?.value), line });
    }
  } else if (Array.isArray(node.value)) {
    for (const [index, item] of node.items().entries()) flatten(item, [...path, String(index)], settings);
  } else if (typeof node.value === 'object' && node.value !== null) {
    for (const { key, node: inner } of node.entries()) {
      if (isArguments || !versionSpecificKeys.includes(key)) flatten(inner, [...path, key], settings);
    }
  } else {
    settings.set(path.join('.'), { value: String(node.value), line: node.line });
  }
}

import { relative, resolve } from 'node:path';
import { checkApiserver, type CheckSink } from '../audit/apiserver.ts';
import { checkKubeconfig, type Destination } from '../audit/kubeconfig.ts';
import type { LintResult, Report } from '../finding.ts';
import { createInspection, type Inspection } from '../inspection.ts';
import { readYaml, type YamlNode } from '../yaml-node.ts';
import { type Apiserver, applyPatches, createApiserverLocate } from './apiserver.ts';
import { type KindConfig, type KindNode, readKindConfig } from './kind-config.ts';
import { type KubeadmVersion, kubeadmVersions, listWantedVersions, releasesOf } from './kubeadm-version.ts';
import { checkMounts } from './mount-rules.ts';
import { checkNodes } from './node-rules.ts';
import { readPatches, type Scope } from './patch.ts';
import { comparePatches } from './patch-differences.ts';
import { checkPatches } from './patch-rules.ts';
import { checkReach } from './sink-rules.ts';
import { readStaticPods } from './static-pod.ts';

export interface LintOptions {
  /** The folder where kind is called. */
  readonly cwd: string;
  /** The Kubernetes release, `X.Y.Z`; null: from the node images' tags, else every release. */
  readonly release: string | null;
}

/**
 * Finds what would silently not work in a cluster of a kind configuration, as kind v0.33 and kubeadm 1.37 read it.
 * Errors that kind reports itself are not checked.
 *
 * @throws SnoopError `no_file` when it cannot be read
 */
export function lintKindConfig(path: string, options: LintOptions): LintResult {
  const { cwd } = options;
  const inspection = createInspection((file) => {
    const fromHere = relative(cwd, file);
    return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
  });
  const file = resolve(cwd, path);
  const { text, report } = inspection.openNamed(file, path);
  const [yaml, more] = readYaml(text, report) ?? [];
  if (more !== undefined) {
    const message = 'kind reads only the first document of the file: the rest does nothing. Remove it.';
    report('error', 'more-documents', more.line, message);
  }
  if (yaml !== undefined) checkConfig(readKindConfig(yaml, file, cwd), options, inspection, report);
  return inspection.end();
}

function checkConfig(config: KindConfig, { cwd, release }: LintOptions, inspection: Inspection, report: Report): void {
  const scopes = readPatches(config, report);
  checkMounts(config, cwd, report);
  for (const scope of scopes) {
    const images = (scope.node === null ? config.nodes : [scope.node]).map(({ image }) => image);
    const wanted = union(images.map((image) => listWantedVersions(image, release)));
    checkPatches(scope, wanted, report);
    if (wanted.length > 1) comparePatches(scope.patches, report);
  }
  checkNodes(config, scopes, report);
  const destinations = checkApiservers(config, scopes, release, inspection, report);
  const pods = new Map(config.nodes.map((node) => [node, readStaticPods(node, inspection, report)]));
  for (const destination of destinations) checkReach(destination, config, pods, report);
}

function checkApiservers(
  config: KindConfig,
  scopes: readonly Scope[],
  release: string | null,
  inspection: Inspection,
  report: Report,
): Destination[] {
  const controlPlanes = config.nodes.filter(({ isControlPlane }) => isControlPlane);
  const first = controlPlanes.find(({ isFirst }) => isFirst);
  const wanted = listWantedVersions(first?.image ?? null, release);
  const isAudited = ({ flags }: Apiserver): boolean => flags.some(({ name }) => name.startsWith('--audit-'));
  const isMeant = kubeadmVersions.some((version) => isAudited(applyPatches(scopes, version)));
  return wanted.flatMap((version) => {
    const apiserver = applyPatches(scopes, version);
    checkOverridden(config.yaml, apiserver, report);
    if (isAudited(apiserver)) return checkAudit(apiserver, controlPlanes, inspection, report);
    // Missing patches for this version are reported elsewhere.
    if (isMeant && !apiserver.isPatched) return [];
    const where = isMeant ? ` to ${releasesOf[version]}` : '';
    const message = `No ClusterConfiguration in kubeadmConfigPatches sets audit flags${where}: the apiserver sends no events, and SnoopDB stays empty. 'snoop sink' prints the flags and writes their files.`;
    report('error', 'no-audit', apiserver.line, message);
    return [];
  });
}

/** @returns the apiservers' destinations */
function checkAudit(
  apiserver: Apiserver,
  controlPlanes: readonly KindNode[],
  inspection: Inspection,
  report: Report,
): Destination[] {
  return controlPlanes.flatMap((node) => {
    const destinations: Destination[] = [];
    const locate = createApiserverLocate(apiserver, node);
    const source = { flags: apiserver.flags, locate, isHere: true };
    const checkSink: CheckSink = (kubeconfig, file, reportSink) => {
      const destination = checkKubeconfig(kubeconfig, { file, locate }, reportSink);
      if (destination !== null) destinations.push(destination);
    };
    checkApiserver(source, inspection, checkSink, (severity, rule, line, message) =>
      report(severity, rule, line ?? apiserver.line, message),
    );
    return destinations;
  });
}

/** kind writes two of its fields as flags, and a patch of the same flag replaces the value. */
function checkOverridden(yaml: YamlNode, { flags }: Apiserver, report: Report): void {
  const fields = { runtimeConfig: '--runtime-config', featureGates: '--feature-gates' };
  for (const [field, name] of Object.entries(fields)) {
    const flag = flags.find((candidate) => candidate.name === name);
    const given = yaml.get(field);
    if (flag === undefined || given === null || given.entries().length === 0) continue;
    const message = `This replaces ${field} (line ${given.line}) for the apiserver. Put all of it in ${field}.`;
    report('warning', 'overridden', flag.line, message);
  }
}

function union(lists: readonly (readonly KubeadmVersion[])[]): KubeadmVersion[] {
  return [...new Set(lists.flat())].sort();
}

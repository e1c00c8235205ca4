import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { toError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import type { SinkCheck } from '../audit/check-files.ts';
import type { Finding, Report } from '../finding.ts';
import { readYaml, YamlError, type YamlNode } from '../yaml-node.ts';
import { type Apiserver, applyPatches } from './apiserver.ts';
import { checkAudit } from './audit-files.ts';
import { checkConfigFields } from './config-fields.ts';
import { type KindConfig, type KindNode, readKindConfig } from './kind-config.ts';
import { type KubeadmVersion, kubeadmVersions, listWantedVersions, releasesOf } from './kubeadm-version.ts';
import { checkMounts } from './mount-rules.ts';
import { checkNodes } from './node-rules.ts';
import { readPatches, type Scope } from './patch.ts';
import { comparePatches } from './patch-differences.ts';
import { checkPatches } from './patch-rules.ts';
import { checkReach, type SinkServer } from './sink-rules.ts';
import { readStaticPods, type StaticPod } from './static-pod.ts';

const apiVersion = 'kind.x-k8s.io/v1alpha4';

export interface LintOptions {
  /** The folder that kind would be called in. */
  readonly cwd: string;
  /** The Kubernetes release that is meant, `X.Y.Z`; null: what the node images' tags say, and where they say none, every one. */
  readonly release: string | null;
}

/**
 * Says what would silently not work in a cluster from a kind configuration, as kind v0.33 and kubeadm 1.36 read it.
 *
 * @throws SnoopError `no_file` when it cannot be read
 */
export function lintKindConfig(path: string, { cwd, release }: LintOptions): SinkCheck {
  const files: string[] = [];
  const findings = new Map<string, Finding>();
  const name = (file: string): string => {
    const fromHere = relative(cwd, file);
    return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
  };
  /** What is in two nodes or two versions alike is said once. */
  const reportTo =
    (file: string): Report =>
    (severity, rule, line, message) => {
      const finding = { file, line, severity, rule, message };
      findings.set(JSON.stringify(finding), finding);
    };
  const open = (file: string): Report | null => {
    const shown = name(file);
    if (files.includes(shown)) return null;
    files.push(shown);
    return reportTo(shown);
  };

  const file = resolve(cwd, path);
  files.push(path);
  const report = reportTo(path);
  const yaml = readConfig(readText(file, path), report);
  if (yaml !== null) checkConfig(readKindConfig(yaml, file, cwd), { cwd, release }, report, open);
  const place = ({ file: of, line }: Finding): number => files.indexOf(of) * 1e6 + (line ?? 0);
  return { files, findings: [...findings.values()].sort((a, b) => place(a) - place(b)) };
}

function checkConfig(
  config: KindConfig,
  { cwd, release }: LintOptions,
  report: Report,
  open: (file: string) => Report | null,
): void {
  const isTaken = checkConfigFields(config.yaml, report);
  const scopes = readPatches(config, report);
  checkMounts(config, cwd, report);
  for (const scope of scopes) {
    const images = (scope.node === null ? config.nodes : [scope.node]).map(({ image }) => image);
    const wanted = unite(images.map((image) => listWantedVersions(image, release)));
    checkPatches(scope, wanted, report);
    if (wanted.length > 1) comparePatches(scope.patches, report);
  }
  // What was misspelled is missing everywhere: to say that too would hide the reason.
  if (!isTaken) return;
  checkNodes(config, scopes, report);
  const servers = checkApiservers(config, scopes, release, report, open);
  const pods = new Map<KindNode, readonly StaticPod[]>();
  for (const node of config.nodes) pods.set(node, readStaticPods(node, report, open));
  for (const server of servers) checkReach(server, config, (node) => pods.get(node) ?? [], report);
}

function checkApiservers(
  config: KindConfig,
  scopes: readonly Scope[],
  release: string | null,
  report: Report,
  open: (file: string) => Report | null,
): SinkServer[] {
  const controlPlanes = config.nodes.filter(({ isControlPlane }) => isControlPlane);
  const first = controlPlanes.find(({ isFirst }) => isFirst);
  const wanted = listWantedVersions(first?.image ?? null, release);
  const isAudited = ({ flags }: Apiserver): boolean => flags.some(({ name }) => name.startsWith('--audit-'));
  const isMeant = kubeadmVersions.some((version) => isAudited(applyPatches(scopes, version)));
  return wanted.flatMap((version) => {
    const apiserver = applyPatches(scopes, version);
    checkOverridden(config.yaml, apiserver, report);
    if (isAudited(apiserver)) return checkAudit(apiserver, controlPlanes, report, open);
    // That no patch is for this version was said of the others.
    if (isMeant && !apiserver.isPatched) return [];
    const where = isMeant ? ` to ${releasesOf[version]}` : '';
    const message = `No ClusterConfiguration among the kubeadmConfigPatches gives audit flags${where}: the apiserver sends no events, and SnoopDB stays empty. 'snoop sink' prints the flags, and writes what they name.`;
    report('error', 'no-audit', apiserver.line, message);
    return [];
  });
}

/** kind writes two of its fields as flags, and a patch for the same flag puts another value in their place. */
function checkOverridden(yaml: YamlNode, { flags }: Apiserver, report: Report): void {
  const fields = { runtimeConfig: '--runtime-config', featureGates: '--feature-gates' };
  for (const [field, name] of Object.entries(fields)) {
    const flag = flags.find((one) => one.name === name);
    const given = yaml.get(field);
    if (flag === undefined || given === null || given.entries().length === 0) continue;
    const message = `This takes the place of ${field} (line ${given.line}), which does nothing for the apiserver then. Say all of it in ${field}.`;
    report('warning', 'overridden', flag.line, message);
  }
}

function unite(lists: readonly (readonly KubeadmVersion[])[]): KubeadmVersion[] {
  return [...new Set(lists.flat())].sort();
}

function readText(file: string, path: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SnoopError('no_file', `${path} cannot be read: ${toError(cause).message}.`, { exitCode: 2, cause });
  }
}

/** @returns null when kind would not read on either, which was reported */
function readConfig(text: string, report: Report): YamlNode | null {
  try {
    const [config, ...others] = readYaml(text);
    const version = config?.get('apiVersion') ?? null;
    const kind = config?.get('kind') ?? null;
    if (config === undefined || version?.text !== apiVersion) {
      const found = version === null ? 'none' : `'${String(version.value)}'`;
      report(
        'error',
        'unknown-version',
        version?.line ?? null,
        `kind reads apiVersion: ${apiVersion}, and this has ${found}.`,
      );
      return null;
    }
    if (kind?.text !== 'Cluster') {
      report(
        'error',
        'unknown-kind',
        kind?.line ?? null,
        `kind reads 'kind: Cluster', and this has '${String(kind?.value ?? '')}'.`,
      );
      return null;
    }
    if (others.length > 0) {
      const message = 'kind reads the first document of the file alone: what follows does nothing. Take it out.';
      report('error', 'more-documents', others[0]?.line ?? null, message);
    }
    return config;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    report('error', 'no-yaml', error.line, `This is no YAML: ${error.message}. kind makes no cluster from it.`);
    return null;
  }
}

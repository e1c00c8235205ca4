import { existsSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { checkAuditFlags, type Flag } from '../audit/audit-flags.ts';
import type { Report } from '../finding.ts';
import { checkKubeconfig } from '../audit/kubeconfig.ts';
import { createNamedFiles } from '../audit/named-files.ts';
import type { Locate } from '../path-map.ts';
import { checkPolicy } from '../audit/policy.ts';
import { readYaml, YamlError, type YamlNode } from '../yaml-node.ts';
import { type Apiserver, createApiserverLocate, createNodeLocate } from './apiserver.ts';
import type { KindNode } from './kind-config.ts';
import { readText } from './read-text.ts';
import { readSinkServer, type SinkServer } from './sink-rules.ts';

/** What takes findings about a file; null when it was looked at before. */
export type Open = (file: string) => Report | null;

/**
 * Checks the audit flags of apiservers, and the files that they name, on every control plane.
 *
 * @returns where they send to
 */
export function checkAudit(
  apiserver: Apiserver,
  controlPlanes: readonly KindNode[],
  report: Report,
  open: Open,
): SinkServer[] {
  const flags = apiserver.flags.filter(({ name }) => name.startsWith('--audit-'));
  checkAuditFlags(flags, (severity, rule, line, message) => report(severity, rule, line ?? apiserver.line, message));
  const servers: SinkServer[] = [];
  for (const node of controlPlanes) {
    const locate = createApiserverLocate(apiserver, node);
    const policy = findFile('--audit-policy-file', flags, apiserver, node, report);
    if (policy !== null) read(policy, open, checkPolicy);
    const sink = findFile('--audit-webhook-config-file', flags, apiserver, node, report);
    if (sink === null) continue;
    read(sink, open, (kubeconfig, reportSink) => {
      checkSink(kubeconfig, sink, locate, reportSink);
      servers.push(...[readSinkServer(kubeconfig, reportSink)].filter((server) => server !== null));
    });
  }
  return servers;
}

/** What is said of services for any apiserver is known better here. */
function checkSink(kubeconfig: YamlNode, file: string, locate: Locate, report: Report): void {
  checkKubeconfig(kubeconfig, createNamedFiles(file, locate), (severity, rule, line, message) => {
    if (rule !== 'service-name') report(severity, rule, line, message);
  });
}

/** @returns the file on this machine; null when there is none, which was reported */
function findFile(
  name: string,
  flags: readonly Flag[],
  apiserver: Apiserver,
  node: KindNode,
  report: Report,
): string | null {
  const flag = flags.findLast((one) => one.name === name);
  if (!flag?.value) return null;
  const { value: path, line } = flag;
  const short = name.replace(/^-+/, '');
  if (!isAbsolute(path)) {
    const message = `${short} ${path} is no whole path: the apiserver starts in a folder of its container. Write it from '/' on.`;
    report('error', 'relative-path', line, message);
    return null;
  }
  const onNode = createNodeLocate(apiserver)(path);
  if (onNode === 'not mounted') {
    const message =
      `${path} is not in the apiserver's container, which does not start without it: kubeadm mounts /etc/kubernetes/pki and no more of /etc/kubernetes. ` +
      `Put it under /etc/kubernetes/pki/audit with extraMounts, or give the apiServer an element of extraVolumes.`;
    report('error', 'not-mounted', line, message);
    return null;
  }
  const found = createApiserverLocate(apiserver, node)(path);
  if (found === 'not mounted') {
    const message = `Nothing puts ${onNode.here} on ${node.name}: the apiserver does not start without it. Give the node an extraMounts whose containerPath is its folder.`;
    report('error', 'not-mounted', line, message);
    return null;
  }
  const stats = statSync(found.here, { throwIfNoEntry: false });
  if (stats?.isFile()) return found.here;
  // What is missing as a whole was said of the mount.
  if (stats === undefined && node.mounts.some(({ here }) => !existsSync(here) && isBelow(found.here, here)))
    return null;
  const message = `${short} ${path} is ${found.here} on this machine, and ${stats === undefined ? 'that is not there' : 'that is no file'}: the apiserver does not start. Mend the mount or the path.`;
  report('error', 'missing-file', line, message);
  return null;
}

function read(file: string, open: Open, check: (document: YamlNode, report: Report) => void): void {
  const report = open(file);
  const text = report && readText(file, report);
  if (report === null || text === null) return;
  try {
    const [document] = readYaml(text);
    if (document !== undefined && typeof document.value === 'object' && document.value !== null) {
      check(document, report);
    } else report('error', 'no-yaml', null, 'The file is empty. The apiserver does not start with it.');
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    report('error', 'no-yaml', error.line, `This is no YAML: ${error.message}. The apiserver does not start with it.`);
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

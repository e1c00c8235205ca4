import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Report } from '../finding.ts';
import type { Inspection } from '../inspection.ts';
import { readYaml, type YamlNode } from '../yaml-node.ts';
import type { KindMount, KindNode } from './kind-config.ts';
import { checkStaticPod } from './static-pod-rules.ts';

/** A static pod and its ports. */
export interface StaticPod {
  readonly file: string;
  readonly name: string;
  /** Ports anywhere in its manifest. */
  readonly ports: readonly number[];
  /** Whether they are ports of the node. */
  readonly isOnHost: boolean;
  readonly hostPorts: readonly number[];
}

const folder = '/etc/kubernetes/manifests';
const kubeadmFiles = ['etcd.yaml', 'kube-apiserver.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml'];
/** The auditlogger's default port. */
const defaultPort = 9900;

/**
 * Reads the static pods of a node from its mounts.
 *
 * @param report for findings about the mounts
 */
export function readStaticPods(node: KindNode, inspection: Inspection, report: Report): readonly StaticPod[] {
  return node.mounts
    .flatMap((mount) => listManifests(mount, report))
    .flatMap((file) => readStaticPod(file, inspection));
}

function listManifests({ here, containerPath, line }: KindMount, report: Report): string[] {
  const stats = statSync(here, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (containerPath === folder) {
    if (!stats.isDirectory()) return [];
    return readdirSync(here, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => join(here, name))
      .sort();
  }
  if (!containerPath.startsWith(`${folder}/`)) return [];
  const name = containerPath.slice(folder.length + 1);
  const notRead = name.includes('/') || stats.isDirectory();
  if (notRead || name.startsWith('.')) {
    const what = notRead ? 'folders in' : 'files that start with a dot in';
    const message = `The kubelet ignores ${what} ${folder}: ${containerPath} starts no Pod. Mount each manifest as a file of that folder.`;
    report('error', 'not-read', line, message);
    return [];
  }
  if (kubeadmFiles.includes(name)) {
    const message = `kubeadm writes ${containerPath} itself. Choose another name, such as ${folder}/snoop-${basename(here)}.`;
    report('error', 'kubeadm-writes-there', line, message);
    return [];
  }
  return [here];
}

function readStaticPod(file: string, inspection: Inspection): StaticPod[] {
  const opened = inspection.open(file);
  if (opened === null) return [];
  if (/^\s*-----BEGIN/.test(opened.text)) {
    reportAuditFile('a certificate or key', file, null, opened.report);
    return [];
  }
  const documents = readYaml(opened.text, opened.report);
  if (!documents) return [];
  const audit = documents.find((document) => nameAuditFile(document) !== null);
  if (audit !== undefined) {
    reportAuditFile(nameAuditFile(audit) ?? '', file, audit.line, opened.report);
    return [];
  }
  const [pod, ...others] = documents;
  if (!checkStaticPod(pod, opened.report)) return [];
  if (others[0] !== undefined) {
    const message = 'The kubelet reads only the first document of a manifest. Use one file per Pod.';
    opened.report('error', 'more-documents', others[0].line, message);
  }
  return [describe(pod, file)];
}

function nameAuditFile(document: YamlNode): string | null {
  const kind = document.get('kind')?.text;
  if (kind === 'Policy' && document.get('apiVersion')?.text?.startsWith('audit.k8s.io/')) return 'an audit policy';
  return kind === 'Config' && document.get('clusters') !== null ? 'a kubeconfig' : null;
}

function reportAuditFile(what: string, file: string, line: number | null, report: Report): void {
  const message = `This is ${what}, but it is mounted into ${folder}, where the kubelet expects Pods and reports this file again and again. Mount it elsewhere, such as /etc/kubernetes/audit/${basename(file)}, and name that in the flag and in extraVolumes.`;
  report('error', 'audit-file-among-pods', line, message);
}

function describe(pod: YamlNode, file: string): StaticPod {
  const spec = pod.get('spec');
  const containers = [...(spec?.get('containers')?.items() ?? []), ...(spec?.get('initContainers')?.items() ?? [])];
  const ports = containers.flatMap((container) => container.get('ports')?.items() ?? []);
  const named = [...new Set(containers.flatMap(findPorts))];
  const isAuditlogger = containers.some((container) => /(^|\/)auditlogger\b/.test(container.get('image')?.text ?? ''));
  return {
    file,
    name: pod.get('metadata')?.get('name')?.text ?? '',
    ports: named.length === 0 && isAuditlogger ? [defaultPort] : named,
    isOnHost: spec?.get('hostNetwork')?.value === true,
    hostPorts: ports.flatMap((port) => toPort(port.get('hostPort')?.value)),
  };
}

function findPorts(container: YamlNode): number[] {
  const declared = (container.get('ports')?.items() ?? []).flatMap((port) => toPort(port.get('containerPort')?.value));
  const words = [...(container.get('command')?.items() ?? []), ...(container.get('args')?.items() ?? [])];
  const variables = (container.get('env')?.items() ?? [])
    .filter((variable) => /LISTEN|PORT|ADDR/i.test(variable.get('name')?.text ?? ''))
    .map((variable) => variable.get('value'));
  const probed = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((name) =>
    ['httpGet', 'tcpSocket'].flatMap((kind) => toPort(container.get(name)?.get(kind)?.get('port')?.value)),
  );
  const mentioned = [...words, ...variables].flatMap((text) =>
    [...String(text?.value ?? '').matchAll(/(?:^|[:=])(\d{2,5})(?=$|[/\s])/g)].flatMap(([, digits]) =>
      toPort(Number(digits)),
    ),
  );
  return [...declared, ...mentioned, ...probed];
}

function toPort(value: unknown): number[] {
  return typeof value === 'number' && value > 0 && value <= 65_535 ? [value] : [];
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SnoopError } from '../../errors.ts';
import type { LintResult, Report } from '../finding.ts';
import { createInspection } from '../inspection.ts';
import { type Locate, locateHere } from '../path-map.ts';
import { readYaml, type YamlNode } from '../yaml-node.ts';
import {
  type ApiserverSource,
  readAgentConfig,
  readKind,
  readKubeadm,
  readManifest,
  readText,
} from './apiserver-source.ts';
import { tryReadCertificates } from './certificate.ts';
import { checkApiserver, type CheckSink } from './apiserver.ts';
import { readAuditloggerSide, compare, type Comparable } from './compare.ts';
import { checkKubeconfig, checkServiceName } from './kubeconfig.ts';
import { checkPolicy } from './policy.ts';

/**
 * Checks files for sending audit events, and the files that they name.
 *
 * @param paths files, or folders as `snoop sink` writes them
 * @throws SnoopError `no_file` when one is missing or unreadable
 */
export function checkSinkFiles(paths: readonly string[]): LintResult {
  const inspection = createInspection();
  const comparable: Comparable = { destinations: [], certificates: [], clientCas: [], tokens: [] };

  const createCheckSink =
    (locate: Locate): CheckSink =>
    (kubeconfig, file, report) => {
      checkSecrecy(kubeconfig, file, report);
      const destination = checkKubeconfig(kubeconfig, { file, locate }, report);
      if (destination === null) return;
      checkServiceName(destination);
      comparable.destinations.push(destination);
    };

  /** @returns whether it can be checked */
  const checkDocument = (document: YamlNode, file: string, locate: Locate, report: Report): boolean => {
    const kind = document.get('kind')?.text;
    if (kind === 'Policy' || (kind == null && document.get('rules') !== null)) {
      checkPolicy(document, report);
      return true;
    }
    if (kind === 'Config' || document.get('clusters') !== null || document.get('contexts') !== null) {
      createCheckSink(locate)(document, file, report);
      return true;
    }
    const sources = readSources(document, file, report);
    for (const source of sources) checkApiserver(source, inspection, createCheckSink(source.locate), report);
    return sources.length > 0;
  };

  const checkFile = (file: string, locate: Locate): void => {
    const { text, report, isNew } = inspection.openNamed(file, file);
    if (!isNew) return;
    const certificates = /^\s*-----BEGIN/.test(text) ? tryReadCertificates(text) : null;
    if (certificates !== null) {
      comparable.certificates.push({ certificates, report });
      return;
    }
    const inText = readText(text);
    const documents = readYaml(text, inText === null ? report : () => undefined);
    const known = (documents ?? []).filter((document) => checkDocument(document, file, locate, report));
    if (known.length > 0) return;
    if (inText !== null) checkApiserver(inText, inspection, createCheckSink(inText.locate), report);
    else if (documents !== null) {
      const message =
        'Unknown file. Known are: an audit policy, a sink kubeconfig, a kube-apiserver manifest, a kubeadm, kind, k3s or rke2 configuration, kube-apiserver flags (also --kube-apiserver-arg, --extra-config=apiserver.), a certificate.';
      report('error', 'unknown-file', null, message);
    }
  };

  for (const path of paths) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      checkFile(path, locateHere);
      continue;
    }
    for (const file of listSinkFolder(path)) checkFile(file, createFolderLocate(path));
    readAuditloggerSide(join(path, 'auditlogger'), comparable, inspection.reportTo);
  }
  compare(comparable);
  return inspection.end();
}

function readSources(document: YamlNode, file: string, report: Report): ApiserverSource[] {
  const kind = document.get('kind')?.text;
  if (kind === 'Pod') return readManifest(document, file);
  if (kind === 'ClusterConfiguration') return [readKubeadm(document, file)];
  const agent = kind == null ? readAgentConfig(document) : null;
  if (agent !== null) return [agent];
  const isKind = kind === 'Cluster' && document.get('apiVersion')?.text?.startsWith('kind.x-k8s.io/');
  return isKind ? readKind(document, file, report) : [];
}

/** Lists the files of a `snoop sink` folder, or of its part for the apiserver. */
function listSinkFolder(folder: string): string[] {
  const names = ['apiserver/policy.yaml', 'apiserver/sink.kubeconfig', 'auditlogger/server.crt'];
  const files = [...names, 'policy.yaml', 'sink.kubeconfig'].map((name) => join(folder, name));
  const found = files.filter((file) => existsSync(file));
  if (found.length > 0) return found;
  const message = `${folder} is not a folder of 'snoop sink': it has no policy.yaml and no sink.kubeconfig.`;
  throw new SnoopError('no_file', message, { exitCode: 2, advice: ['Name the files one by one.'] });
}

/** The kubeconfig in such a folder may have paths of the apiserver's machine. */
function createFolderLocate(folder: string): Locate {
  return (path) => {
    const name = path.split('/').at(-1) ?? '';
    const here = [path, join(folder, 'apiserver', name), join(folder, name)].find((candidate) => existsSync(candidate));
    return { here: here ?? path };
  };
}

/** Reports a kubeconfig with a secret that other users can read. */
function checkSecrecy(document: YamlNode, file: string, report: Report): void {
  const users = document.get('users')?.items() ?? [];
  const hasSecret = users.some((user) =>
    ['token', 'client-key-data', 'password'].some((name) => user.get('user')?.get(name)),
  );
  if (!hasSecret || (statSync(file).mode & 0o044) === 0) return;
  const message = `Other users of this machine can read this file, which contains a secret: chmod 600 ${file}`;
  report('warning', 'readable-secret', null, message);
}

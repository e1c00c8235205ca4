import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { toError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import { type ApiserverSource, readKind, readKubeadm, readManifest, readText } from './apiserver-source.ts';
import { checkAuditFlags, type Flag } from './audit-flags.ts';
import { readCertificates } from './certificate.ts';
import { checkSide, compare, type Comparable } from './compare.ts';
import type { Finding, Report } from '../finding.ts';
import { checkKubeconfig } from './kubeconfig.ts';
import { createNamedFiles } from './named-files.ts';
import { type Locate, locateHere } from '../path-map.ts';
import { checkPolicy } from './policy.ts';
import { readYaml, YamlError, type YamlNode } from '../yaml-node.ts';

/** What was looked at, and what was found. */
export interface SinkCheck {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
}

type Kind = 'policy' | 'kubeconfig';

/**
 * Checks files that have to do with sending audit events, and those that they name.
 *
 * @param paths files, or folders as `snoop sink` writes them
 * @throws SnoopError `no_file` when one of them is not there, or cannot be read
 */
export function checkSinkFiles(paths: readonly string[]): SinkCheck {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  const comparable: Comparable = { destinations: [], certificates: [], clientAuthorities: [], tokens: [] };

  const reportTo =
    (file: string): Report =>
    (severity, rule, line, message) =>
      void findings.push({ file, line, severity, rule, message });

  /** @returns null when it was looked at before */
  const open = (file: string): { text: string; report: Report } | null => {
    const real = realpathSync(file);
    if (seen.has(real)) return null;
    seen.set(real, file);
    return { text: readFileSync(file, 'utf8'), report: reportTo(file) };
  };

  const checkDocument = (document: YamlNode, file: string, locate: Locate, report: Report): boolean => {
    const kind = document.get('kind')?.text;
    const version = document.get('apiVersion')?.text ?? '';
    if (kind === 'Policy' || (kind == null && document.get('rules') !== null)) {
      checkPolicy(document, report);
      return true;
    }
    if (kind === 'Config' || document.get('clusters') !== null || document.get('contexts') !== null) {
      checkSecrecy(document, file, report);
      const destination = checkKubeconfig(document, createNamedFiles(file, locate), report);
      if (destination !== null) comparable.destinations.push({ ...destination, report });
      return true;
    }
    const sources = readSources(document, kind, version, file);
    for (const source of sources) checkApiserver(source, file, report);
    return sources.length > 0;
  };

  const checkApiserver = ({ flags, locate }: ApiserverSource, file: string, report: Report): void => {
    checkAuditFlags(flags, report);
    follow(flags, '--audit-policy-file', 'policy', locate, file, report);
    follow(flags, '--audit-webhook-config-file', 'kubeconfig', locate, file, report);
  };

  /** Looks at the file that a flag names. */
  const follow = (
    flags: readonly Flag[],
    name: string,
    kind: Kind,
    locate: Locate,
    from: string,
    report: Report,
  ): void => {
    const flag = flags.findLast((one) => one.name === name);
    if (!flag?.value) return;
    const { value, line } = flag;
    if (!isAbsolute(value)) {
      report(
        'warning',
        'relative-path',
        line,
        `${name}=${value} starts from the folder that the apiserver is started in. Write the whole path.`,
      );
      return;
    }
    const found = locate(value);
    if (found === 'not mounted') {
      report(
        'error',
        'not-mounted',
        line,
        `${value} is in no volume of the apiserver, which does not start without it. Mount its folder.`,
      );
    } else if (!existsSync(found.here)) {
      const where = found.here === value ? value : `${value} (${found.here} on its host)`;
      report('warning', 'missing-file', line, `${where} is not on this machine: it must be where ${from} is used.`);
    } else if (statSync(found.here).isFile()) {
      checkFile(found.here, kind, locate);
    } else {
      report(
        'error',
        'missing-file',
        line,
        `${value} is no file: the apiserver wants a ${kind === 'policy' ? 'policy' : 'kubeconfig'}.`,
      );
    }
  };

  const checkFile = (file: string, wanted: Kind | null, locate: Locate): void => {
    const opened = open(file);
    if (opened === null) return;
    const { text, report } = opened;
    const certificates = text.includes('-----BEGIN CERTIFICATE') ? readCertificates(text) : null;
    if (certificates !== null && /^\s*-----BEGIN/.test(text)) {
      comparable.certificates.push({ certificates, report });
      return;
    }
    const inText = wanted === null ? readText(text) : null;
    try {
      const documents = readYaml(text).filter(({ value }) => typeof value === 'object' && value !== null);
      const isKnown = documents.map((one) => checkDocument(one, file, locate, report)).includes(true);
      if (isKnown) return;
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      if (inText === null) {
        report(
          'error',
          'no-yaml',
          error.line,
          `This is no YAML: ${error.message}. The apiserver does not start with it.`,
        );
        return;
      }
    }
    if (inText !== null) checkApiserver(inText, file, report);
    else
      report(
        'error',
        'unknown-file',
        null,
        'This is none of what can be checked: an audit policy, a sink kubeconfig, a kube-apiserver manifest, a kubeadm or kind configuration, kube-apiserver flags, a certificate.',
      );
  };

  for (const path of paths) {
    try {
      if (!statSync(path).isDirectory()) {
        checkFile(path, null, locateHere);
        continue;
      }
    } catch (cause) {
      throw new SnoopError('no_file', `${path} cannot be read: ${toError(cause).message}.`, { exitCode: 2, cause });
    }
    for (const file of listSinkFolder(path)) checkFile(file, null, createFolderLocate(path));
    checkSide(join(path, 'auditlogger'), comparable, reportTo);
  }
  compare(comparable);
  return { files: [...seen.values()], findings: sort(findings, [...seen.values()]) };
}

function readSources(
  document: YamlNode,
  kind: string | null | undefined,
  version: string,
  file: string,
): ApiserverSource[] {
  if (kind === 'Pod') return [readManifest(document, file)].filter((source) => source !== null);
  if (kind === 'ClusterConfiguration') return [readKubeadm(document, file)];
  return kind === 'Cluster' && version.startsWith('kind.x-k8s.io/') ? readKind(document, file) : [];
}

/** What `snoop sink` writes, or its part for the apiserver alone. */
function listSinkFolder(folder: string): string[] {
  const names = ['apiserver/policy.yaml', 'apiserver/sink.kubeconfig', 'auditlogger/server.crt'];
  const files = [...names, 'policy.yaml', 'sink.kubeconfig'].map((name) => join(folder, name));
  const found = files.filter((file) => existsSync(file));
  if (found.length > 0) return found;
  throw new SnoopError(
    'no_file',
    `${folder} is no folder of 'snoop sink': it holds no policy.yaml and no sink.kubeconfig.`,
    {
      exitCode: 2,
      advice: ['Name the files one by one.'],
    },
  );
}

/** The kubeconfig of such a folder may name its files where the apiserver will see them. */
function createFolderLocate(folder: string): Locate {
  return (path) => {
    const name = path.split('/').at(-1) ?? '';
    const beside = [join(folder, 'apiserver', name), join(folder, name)].find((one) => existsSync(one));
    return { here: existsSync(path) ? path : (beside ?? path) };
  };
}

/** A kubeconfig with a secret in it that everybody on the machine can read. */
function checkSecrecy(document: YamlNode, file: string, report: Report): void {
  const users = document.get('users')?.items() ?? [];
  const hasSecret = users.some((one) =>
    ['token', 'client-key-data', 'password'].some((name) => one.get('user')?.get(name)),
  );
  if (!hasSecret || (statSync(file).mode & 0o044) === 0) return;
  report(
    'warning',
    'readable-secret',
    null,
    `Others on this machine can read this file, and there is a secret in it: chmod 600 ${file}`,
  );
}

function sort(findings: readonly Finding[], files: readonly string[]): Finding[] {
  return [...findings].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0));
}

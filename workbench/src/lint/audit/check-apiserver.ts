import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Report } from '../finding.ts';
import type { Inspection } from '../inspection.ts';
import { readYaml, type YamlNode } from '../yaml-node.ts';
import type { ApiserverSource } from './apiserver-source.ts';
import { checkAuditFlags } from './audit-flags.ts';
import { checkPolicy } from './policy.ts';

/** Checks a sink kubeconfig, at a path on this machine. */
export type CheckSink = (kubeconfig: YamlNode, file: string, report: Report) => void;

/** Checks the audit flags of an apiserver, and the files that they name. */
export function checkApiserver(
  source: ApiserverSource,
  inspection: Inspection,
  checkSink: CheckSink,
  report: Report,
): void {
  checkAuditFlags(source.flags, report);
  checkNamedFile(
    '--audit-policy-file',
    source,
    inspection,
    (policy, _, reportTo) => checkPolicy(policy, reportTo),
    report,
  );
  checkNamedFile('--audit-webhook-config-file', source, inspection, checkSink, report);
}

function checkNamedFile(
  name: string,
  source: ApiserverSource,
  inspection: Inspection,
  check: CheckSink,
  report: Report,
): void {
  const file = findFile(name, source, report);
  const opened = file === null ? null : inspection.open(file);
  if (file === null || !opened?.isNew) return;
  const documents = readYaml(opened.text, opened.report);
  for (const document of documents?.slice(0, 1) ?? []) check(document, file, opened.report);
  if (documents?.length === 0) opened.report('error', 'no-yaml', null, 'The file is empty.');
}

/** @returns the file that a flag names, on this machine; null when there is none, which was reported */
function findFile(name: string, { flags, locate, isHere }: ApiserverSource, report: Report): string | null {
  const flag = flags.findLast((one) => one.name === name);
  if (!flag?.value) return null;
  const { value: path, line } = flag;
  if (!isAbsolute(path)) {
    const message = `${name}=${path} starts from the folder that the apiserver is started in. Write the whole path.`;
    report(isHere ? 'error' : 'warning', 'relative-path', line, message);
    return null;
  }
  const found = locate(path);
  if ('reason' in found) {
    if (found.reason !== null) report('error', 'not-mounted', line, found.reason);
    return null;
  }
  const stats = statSync(found.here, { throwIfNoEntry: false });
  if (stats?.isFile()) return found.here;
  const where = found.here === path ? path : `${path} (${found.here} on its host)`;
  const what = stats === undefined ? 'is not on this machine' : 'is not a file';
  const message = `${where} ${what}: without it the apiserver does not start. Mend the mount or the path, or put it there.`;
  report(isHere || stats !== undefined ? 'error' : 'warning', 'missing-file', line, message);
  return null;
}

import { isAbsolute } from 'node:path';
import type { Report } from '../finding.ts';
import type { Inspection } from '../inspection.ts';
import { readYaml, type YamlNode } from '../yaml-node.ts';
import type { ApiserverSource } from './apiserver-source.ts';
import { checkAuditFlags } from './audit-flags.ts';
import { locateFile } from './named-files.ts';
import { checkPolicy } from './policy.ts';

/** Checks a sink kubeconfig at a path on this machine. */
export type CheckSink = (kubeconfig: YamlNode, file: string, report: Report) => void;

/** Checks an apiserver's audit flags, and the files that they name. */
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
  for (const document of readYaml(opened.text, opened.report) ?? []) check(document, file, opened.report);
}

/** @returns the file of a flag on this machine; null when there is none, which is reported */
function findFile(name: string, source: ApiserverSource, report: Report): string | null {
  const flag = source.flags.findLast((candidate) => candidate.name === name);
  if (!flag?.value) return null;
  const { value: path, line } = flag;
  if (isAbsolute(path)) return locateFile(name, path, line, source, report);
  const message = `${name}=${path} is relative to the folder where the apiserver is started. Use an absolute path.`;
  report(source.isHere ? 'error' : 'warning', 'relative-path', line, message);
  return null;
}

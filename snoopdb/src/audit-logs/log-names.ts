import type { LoadInput } from '../inputs/input.ts';

/**
 * The name of an audit log, also rotated or packed: `audit.log`, `kube-apiserver-audit.log`, `audit-2026-08-01T10-00-00.000.log.gz`
 * (lumberjack, in kube-apiserver), `audit.log.1`, `audit.log-20260801.gz` (logrotate), `audit.jsonl.gz`.
 */
const logName = /^(?!\.).*audit(?![a-z]).*\.(?:log|jsonl|ndjson)(?:[.-].*)?$/i;
const archiveName = /^(?!\.).*audit(?![a-z]).*\.(?:tar|tgz|tar\.gz)$/i;
const isArchive = /\.(?:tar|tgz)(?:\.gz)?$/i;

/** Whether a file beside others is an audit log. auditd's logs are not. */
export function isAuditLogName(path: string): boolean {
  const name = readFileName(path);
  return logName.test(name) && !isArchive.test(name);
}

/** Whether a file beside others is an archive of audit logs. */
export function isLogArchiveName(path: string): boolean {
  return archiveName.test(readFileName(path));
}

/**
 * Selects the audit logs of a directory by their names, the oldest of a rotated log first. If no name is of an audit log, all
 * files are.
 */
export function selectAuditLogs(inputs: readonly LoadInput[]): { logs: LoadInput[]; others: number } {
  const named = inputs.filter(({ name }) => isAuditLogName(name) || isLogArchiveName(name));
  const logs = named.length === 0 ? inputs : named;
  const keyed = logs.map((input) => ({ input, rotation: readRotation(input.name) }));
  keyed.sort((left, right) => compareRotations(left.rotation, right.rotation));
  return { logs: keyed.map(({ input }) => input), others: inputs.length - logs.length };
}

/** A file of a rotated log. */
interface Rotation {
  /** The path up to `.log`. */
  readonly log: string;
  /** What follows: a number, which grows with age, or a time. Empty: the newest. */
  readonly mark: string;
}

function readRotation(path: string): Rotation {
  const plain = path.replace(/\.gz$/i, '');
  const [log = plain] = /^.*\.(?:log|jsonl|ndjson)(?=[.-]|$)/i.exec(plain) ?? [];
  return { log, mark: plain.slice(log.length + 1) };
}

function compareRotations(left: Rotation, right: Rotation): number {
  if (left.log !== right.log) return left.log < right.log ? -1 : 1;
  if (left.mark === '' || right.mark === '') return Number(left.mark === '') - Number(right.mark === '');
  const isNumber = /^\d{1,4}$/;
  if (isNumber.test(left.mark) && isNumber.test(right.mark)) return Number(right.mark) - Number(left.mark);
  return left.mark < right.mark ? -1 : Number(left.mark > right.mark);
}

function readFileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? '';
}

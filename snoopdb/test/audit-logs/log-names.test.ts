import { expect, test } from 'vitest';
import { isAuditLogName, selectAuditLogs } from '../../src/audit-logs/log-names.ts';
import { findReleaseInName } from '../../src/releases/release-in-name.ts';
import { createInput } from '../support/test-input.ts';

const select = (names: string[]): { names: string[]; others: number } => {
  const { logs, others } = selectAuditLogs(names.map((name) => createInput(name, '')));
  return { names: logs.map(({ name }) => name), others };
};

test.each([
  'audit.log',
  'audit.log.1',
  'audit.log.gz',
  'audit-2026-08-01T10-00-00.123.log.gz',
  'a/kind-control-plane/kube-apiserver-audit.log',
  'kube-apiserver-audit.log-20260801-1785000000.gz',
  'ip-10-0-1-2.ec2.internal-audit.log',
  'audit_1.jsonl',
  'my-audit.ndjson.gz',
])('%s is an audit log', (name) => {
  expect(isAuditLogName(name)).toBe(true);
});

test.each([
  'auditd.log',
  'audit-policy.yaml',
  'audit/kubelet.log',
  'kube-apiserver.log',
  'audit.log.tar.gz',
  '._audit.log',
  'auditlogger.log',
])('%s is not an audit log', (name) => {
  expect(isAuditLogName(name)).toBe(false);
});

test('selects the audit logs of a directory, each from its oldest file', () => {
  expect(
    select([
      'a/audit.log',
      'a/audit.log.1',
      'a/audit.log.10.gz',
      'a/audit.log.2.gz',
      'b/audit-2026-08-01T10-00-00.000.log',
      'b/audit-2026-08-02T10-00-00.000.log.gz',
      'b/audit.log',
      'c/audit.log',
      'c/audit.log-20260801.gz',
      'c/audit.log-20260802',
      'c/kubelet.log',
      'logs/audit.tar.gz',
    ]),
  ).toEqual({
    names: [
      'a/audit.log.10.gz',
      'a/audit.log.2.gz',
      'a/audit.log.1',
      'a/audit.log',
      'b/audit-2026-08-01T10-00-00.000.log',
      'b/audit-2026-08-02T10-00-00.000.log.gz',
      'b/audit.log',
      'c/audit.log-20260801.gz',
      'c/audit.log-20260802',
      'c/audit.log',
      'logs/audit.tar.gz',
    ],
    others: 1,
  });
});

test('selects all files if no name is of an audit log', () => {
  expect(select(['x/one.json', 'x/two.txt'])).toEqual({ names: ['x/one.json', 'x/two.txt'], others: 0 });
});

test.each([
  ['audit-2026-08-01T10-00-00.123.log', null],
  ['1.36/audit-2026-08-01T10-00-00.123.log.gz', '1.36.0'],
  ['10.0.12.3-audit.log', null],
  ['audit-1.36.2.log', '1.36.2'],
])('the release in %s is %s', (name, release) => {
  expect(findReleaseInName(name)).toBe(release);
});

import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { writeAuditConfig } from '../../src/control-plane/audit-config.ts';
import { createLayout } from '../../src/control-plane/layout.ts';
import { makeFolder } from '../support/folder.ts';

test("a kind cluster has the audit rules of 'snoop up'", async () => {
  const layout = createLayout(await makeFolder());
  writeAuditConfig(layout, { etcd: 1, etcdPeer: 2, apiserver: 3, controllerManager: 4, auditlogger: 5 });
  const kind = readFileSync(new URL('../../../kind/audit/policy.yaml', import.meta.url), 'utf8');
  expect(load(kind)).toEqual(load(readFileSync(layout.auditPolicy, 'utf8')));
});

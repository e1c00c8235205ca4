import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { writeAuditConfig } from '../../src/control-plane/audit-config.ts';
import { createLayout } from '../../src/control-plane/layout.ts';
import { choosePorts } from '../../src/control-plane/ports.ts';
import { makeFolder } from '../support/folder.ts';

test("a kind cluster has the audit rules of 'snoop up'", async () => {
  const layout = createLayout(await makeFolder());
  writeAuditConfig(layout, await choosePorts(null));
  const kind = readFileSync(new URL('../../../kind/audit/policy.yaml', import.meta.url), 'utf8');
  expect(load(kind)).toEqual(load(readFileSync(layout.auditPolicy, 'utf8')));
});

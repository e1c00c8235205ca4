import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../src');
const commands = readdirSync(join(source, 'cli'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('cli', name));

/** Loading its 837 files takes longer than most commands, so only code that sends requests to a cluster loads it. */
const heavy = '@kubernetes/client-node';

// Loaded by commands before they know whether they send requests to a cluster.
test.each([
  ...commands,
  'cluster-choice/with-database.ts',
  'cluster-choice/select-target.ts',
  'kind/status.ts',
  'load/perform-load.ts',
  'run/prepare-run.ts',
])('%s loads no Kubernetes client', (file) => {
  expect(findWay(join(source, file), new Set())).toBeNull();
});

/** Files that import dynamically: the program loads commands on demand, the others a slow library. */
const lazy: Readonly<Record<string, readonly string[]>> = {
  'audited-cluster/client-call.ts': [heavy],
  'audited-cluster/cluster-access.ts': ['./stamped-kube-config.ts'],
  'cli/main.ts': ['./run-command.ts', '../output/help-page.ts'],
  'cli/run-command.ts': ['../command-line/explain.ts'],
  'gate/job/answer-store.ts': ['../../audited-cluster/stamped-kube-config.ts'],
  'review/imports.ts': ['vitest/node'],
  'sink/certificates.ts': ['reflect-metadata', '@peculiar/x509'],
  'vitest-run/run-vitest.ts': ['vitest/node'],
};

test('everything else imports statically', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const found = files
    .filter((file) => file !== 'cli/command-list.ts')
    .map(
      (file) =>
        [file, [...readFileSync(join(source, file), 'utf8').matchAll(/(?<!typeof )\bimport\('([^']+)'\)/g)]] as const,
    )
    .map(([file, calls]) => [file, [...new Set(calls.map(([, specifier = '']) => specifier))]] as const)
    .filter(([, specifiers]) => specifiers.length > 0);
  expect(Object.fromEntries(found)).toEqual(lazy);
});

/** Finds a chain of static value imports from `file` to the client library. */
function findWay(file: string, seen: Set<string>): string[] | null {
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, specifier = ''] of text.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:[\w\s*{},$]*?\bfrom\s+)?'([^']+)'/gm,
  )) {
    if (specifier === heavy) return [file, heavy];
    const used = join(dirname(file), specifier);
    if (!specifier.startsWith('.') || seen.has(used)) continue;
    const way = findWay(used, seen);
    if (way) return [file, ...way];
  }
  return null;
}

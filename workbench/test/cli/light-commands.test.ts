import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../src');
const commands = readdirSync(join(source, 'cli'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('cli', name));

/** Its 837 files take longer to load than most commands to answer, so only what sends a request to a cluster loads it. */
const heavy = '@kubernetes/client-node';

// What the commands load when they are called, before they know whether they send a request to a cluster.
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

/** The files from `file` to the client library, by what is imported for its values as soon as a file is loaded. */
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

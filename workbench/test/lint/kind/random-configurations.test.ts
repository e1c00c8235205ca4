import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestRandom, pick, pickNumber } from '@snoop/snoopdb/test-random';
import { dump, load } from 'js-yaml';
import { expect, test } from 'vitest';
import { lintKindConfig } from '../../../src/lint/kind/lint.ts';
import { makeFolder } from '../../support/folder.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const values = [
  null,
  '',
  'x',
  '/etc/kubernetes/manifests',
  0,
  -1,
  true,
  [],
  {},
  [null],
  [[]],
  { a: null },
  '- a\n- b',
  'a: [',
];

type Place = { readonly holder: Record<string, unknown>; readonly key: string };

function listPlaces(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...listPlaces(holder[key])]);
}

test('survives any configuration', async () => {
  const random = createTestRandom();
  const folder = await makeFolder();
  const source = readFileSync(join(root, 'kind/kind.yaml'), 'utf8');
  for (let round = 0; round < 100; round++) {
    const config = load(source);
    for (let changes = 1 + pickNumber(random, 3); changes > 0; changes--) {
      const places = listPlaces(config);
      const place = places[pickNumber(random, places.length)];
      if (place !== undefined) place.holder[place.key] = structuredClone(pick(random, values));
    }
    const text = dump(config);
    writeFileSync(join(folder, 'kind.yaml'), text);
    const lint = (): unknown => lintKindConfig(join(folder, 'kind.yaml'), { cwd: root, release: null }).findings;
    expect(lint, `round ${round}:\n${text}`).not.toThrow();
  }
});

test('survives any patch', async () => {
  const random = createTestRandom();
  const folder = await makeFolder();
  for (let round = 0; round < 100; round++) {
    const config = load(readFileSync(join(root, 'kind/kind.yaml'), 'utf8')) as { kubeadmConfigPatches: string[] };
    const patches = config.kubeadmConfigPatches.map((patch) => {
      const changed = load(patch);
      const places = listPlaces(changed);
      const place = places[pickNumber(random, places.length)];
      if (place !== undefined) place.holder[place.key] = structuredClone(pick(random, values));
      return dump(changed);
    });
    const text = dump({ ...config, kubeadmConfigPatches: patches });
    writeFileSync(join(folder, 'kind.yaml'), text);
    const lint = (): unknown => lintKindConfig(join(folder, 'kind.yaml'), { cwd: root, release: null }).findings;
    expect(lint, `round ${round}:\n${text}`).not.toThrow();
  }
});

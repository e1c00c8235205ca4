import { expect, test } from 'vitest';
import { findContradiction, readCoverage } from '@snoop/snoopdb';
import { formatWorld } from '../support/gate-world/made-files.ts';
import { listCommits, makeRepository, runGit } from '../support/gate-world/made-repository.ts';
import { listEndpoints, makeWorld } from '../support/gate-world/made-world.ts';

test('the coverage of a made world agrees with its totals', () => {
  const world = makeWorld();
  const coverage = readCoverage(JSON.parse(String(formatWorld(world).coverage)), '1.37.0.json');
  expect(findContradiction(coverage, world.ineligible)).toBeNull();
});

test('its endpoints have different names', () => {
  const names = listEndpoints(makeWorld().current).map(({ endpoint }) => endpoint);
  expect(new Set(names).size).toBe(names.length);
});

test('its repository has the release on a branch', async () => {
  const { folder } = await makeRepository(listCommits(formatWorld(makeWorld())));
  expect(runGit(folder, ['log', '--all', '--graph', '--format=%s'])).toMatchInlineSnapshot(`
    "* Widgets are stable
    * Work on 1.37
    | * Release
    |/  
    * Kubernetes 1.36 is finished
    * Work on 1.36
    "
  `);
  expect(runGit(folder, ['status', '--short'])).toBe('');
});

import { expect, test } from 'vitest';
import { readCoverage } from '../../../../snoopdb/src/releases/coverage-document.ts';
import { findContradiction } from '../../../../snoopdb/src/releases/published-coverage.ts';
import { formatWorld } from './made-files.ts';
import { listCommits, makeRepository, runGit } from './made-repository.ts';
import { listEndpoints, makeWorld } from './made-world.ts';

test('a made world agrees with itself', async () => {
  const world = makeWorld();
  const files = formatWorld(world);
  const coverage = readCoverage(JSON.parse(String(files.coverage)), '1.37.0.json');
  expect(findContradiction(coverage, world.ineligible)).toBeNull();
  expect(listEndpoints(world.current).length).toBe(111);
  expect(new Set(listEndpoints(world.current).map(({ endpoint }) => endpoint)).size).toBe(111);
  expect(String(files.log).split('\n').length).toBeGreaterThan(100);
  console.log(
    String(files.log).split('\n')[1],
    files.ineligible,
    files.pending,
    String(files.conformance).slice(0, 300),
  );
  const { folder } = await makeRepository(listCommits(files));
  console.log(
    runGit(folder, ['log', '--all', '--graph', '--oneline', '--decorate']),
    runGit(folder, ['status', '--short']),
  );
});

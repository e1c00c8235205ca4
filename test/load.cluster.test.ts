import { expect, test } from 'vitest';
import { runSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

test("loads a cluster's document for its source, not as a release", async () => {
  const { stdout, stderr, exitCode } = await runSnoop([
    'load',
    'openapi',
    '--cluster',
    '--state',
    sharedState(),
    '--output',
    'json',
  ]);
  expect(stderr).not.toContain('snoop:');
  expect(exitCode).toBe(0);
  const { loads } = JSON.parse(stdout) as {
    loads: { what: string; source: string; release: string; stored: number }[];
  };
  expect(loads).toHaveLength(1);
  expect(loads[0]).toMatchObject({ what: 'cluster', source: expect.stringMatching(/^local-/) });
  expect(loads[0]?.stored).toBeGreaterThan(500);
});

import { onTestFinished } from 'vitest';
import { makeFolder, runSnoop } from './snoop.ts';

/**
 * A control plane of the test's own, for tests that break something; it is purged when the test ends.
 *
 * @param flags of `snoop up`
 */
export async function startOwnControlPlane(...flags: readonly string[]): Promise<string> {
  const state = await makeFolder();
  onTestFinished(async () => {
    const { exitCode, stderr } = await runSnoop(['down', '--purge', '--state', state]);
    if (exitCode !== 0) throw new Error(`snoop down --purge ended with ${exitCode}:\n${stderr}`);
  });
  const { exitCode, stderr } = await runSnoop(['up', '--state', state, ...flags]);
  if (exitCode !== 0) throw new Error(`snoop up ended with ${exitCode}:\n${stderr}`);
  return state;
}

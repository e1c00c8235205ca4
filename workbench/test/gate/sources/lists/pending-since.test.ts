import { expect, test } from 'vitest';
import { dateEntries } from '../../../../src/gate/sources/lists/pending-since.ts';

async function since(endpoint: string, release: string | null) {
  const [entry] = await dateEntries([{ endpoint, line: 1, since: null, sinceFrom: null }], null, release);
  return [entry?.since, entry?.sinceFrom];
}

test('without git, the lists of shipped releases tell since when an endpoint is pending', async () => {
  expect(await since('createCoreV1Node', '1.36.0')).toEqual(['1.33.0', 'shipped data']);
  expect(await since('createCoreV1Node', '1.34.2')).toEqual(['1.33.0', 'shipped data']);
  expect(await since('getLifecycleAPIGroup', '1.37.0')).toEqual(['1.37.0', 'shipped data']);
  expect(await since('getLifecycleAPIGroup', '1.38.0')).toEqual(['1.37.0', 'shipped data']);
  // It was added in 1.38 or 1.39.
  expect(await since('createCoreV1Node', '1.39.0')).toEqual([null, null]);
  expect(await since('createCoreV1Node', '1.32.0')).toEqual([null, null]);
  expect(await since('createCoreV1Node', null)).toEqual([null, null]);
});

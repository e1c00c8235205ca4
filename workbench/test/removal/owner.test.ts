import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifyMachine, createOwnerLabel } from '../../src/removal/owner.ts';
import { makeFolder } from '../support/folder.ts';

/** Writes the files of a Pod of a namespace and a cluster. */
async function makePod(namespace: string, ca: string): Promise<string> {
  const folder = await makeFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'namespace'), namespace);
  await writeFile(join(folder, 'ca.crt'), ca);
  return identifyMachine(folder);
}

test('the owner is this state folder on this machine; in a cluster, any Pod of the workbench', async () => {
  const former = createOwnerLabel('/workspace/.snoop', await makePod('snoop', 'one CA'));
  expect(createOwnerLabel('/workspace/.snoop', await makePod('snoop', 'one CA'))).toBe(former);
  const others = [
    createOwnerLabel('/workspace/.snoop', await makePod('another', 'one CA')),
    createOwnerLabel('/workspace/.snoop', await makePod('snoop', 'another CA')),
    createOwnerLabel('/workspace/.snoop', identifyMachine(join(await makeFolder(), 'none'))),
    createOwnerLabel('/another/.snoop', await makePod('snoop', 'one CA')),
  ];
  expect(new Set([former, ...others]).size).toBe(5);
  expect(former).toMatch(/^[0-9a-f]{20}$/);
});

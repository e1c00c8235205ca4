import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nameMachine, nameOwner } from '../../src/removal/owner.ts';
import { makeFolder } from '../support/folder.ts';

/** A Pod of a namespace and a cluster, as its files say it. */
async function makePod(namespace: string, ca: string): Promise<string> {
  const folder = await makeFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'namespace'), namespace);
  await writeFile(join(folder, 'ca.crt'), ca);
  return nameMachine(folder);
}

test('the owner of leftovers: this state folder on this machine; in a cluster whatever Pod of the workbench it is', async () => {
  const former = nameOwner('/workspace/.snoop', await makePod('snoop', 'one CA'));
  expect(nameOwner('/workspace/.snoop', await makePod('snoop', 'one CA'))).toBe(former);
  const others = [
    nameOwner('/workspace/.snoop', await makePod('another', 'one CA')),
    nameOwner('/workspace/.snoop', await makePod('snoop', 'another CA')),
    nameOwner('/workspace/.snoop', nameMachine(join(await makeFolder(), 'none'))),
    nameOwner('/another/.snoop', await makePod('snoop', 'one CA')),
  ];
  expect(new Set([former, ...others]).size).toBe(5);
  expect(former).toMatch(/^[0-9a-f]{20}$/);
});

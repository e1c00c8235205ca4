import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../../src/cli/e2e.ts';
import { runCommand } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';

// Each is found before e2e.test is looked for and a cluster is started.
test.each([
  ['an --out with files', ['--out', 'full'], 'is not empty'],
  ['an --out that another run writes', ['--out', 'killed'], 'another audit run writes there'],
  ['a --resume that does not exist', ['--resume', 'none'], 'does not exist'],
  ['a --resume that is --out, too', ['--resume', 'full', '--out', 'full'], 'needs another folder'],
])('%s is wrong use', async (_, args, message) => {
  const folder = await makeFolder();
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full', 'mine'), '');
  mkdirSync(join(folder, 'killed.part'));
  await expect(runCommand(command, folder, args)).rejects.toMatchObject({
    code: 'wrong_use',
    exitCode: 2,
    message: expect.stringContaining(message),
  });
});

import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { command } from '../../src/cli/gate/job.ts';
import { runCommand } from '../support/ask.ts';

const image = ['--image', 'registry.example/workbench:0.1.0'];
const print = (args: readonly string[]) => runCommand(command, tmpdir(), args);

test('prints a job with the flags of the gate', async () => {
  const { exitCode, stdout } = await print(['--for', 'gitlab', ...image, '--', '--repo', '.', '--grace', '1']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('--grace 1');
});

test.each([
  ['a flag that the gate lacks', ['--for', 'prow', ...image, '--', '--nonsense'], '--nonsense'],
  ['a value that the gate refuses', ['--for', 'prow', ...image, '--', '--grace', 'soon'], '--grace'],
  ['a CronJob without a document', ['--for', 'cronjob', ...image, '--', '--previous', '1.36'], 'CronJob'],
  ['a CronJob with a checkout alone', ['--for', 'cronjob', ...image], 'CronJob'],
  ['no image', ['--for', 'gitlab'], '--image'],
  ['an image for GitHub', ['--for', 'github', ...image], '--image'],
])('%s is wrong use', async (_, args, named) => {
  await expect(print(args)).rejects.toMatchObject({
    code: 'wrong_use',
    exitCode: 2,
    message: expect.stringContaining(named),
  });
});

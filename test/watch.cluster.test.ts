import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunningSnoop } from './support/snoop.ts';
import { makeFolder, startSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

const head = `import { liveTest } from '@snoop/workbench';\nimport { expect, vi } from 'vitest';\n`;

/** A live test that asks for one path. */
const asking = (name: string, path = `'/version/'`, more = ''): string =>
  `${head}${more}\nliveTest('${name}', async ({ cluster }) => {\n  await cluster.request({ method: 'GET', path: ${path} });\n});\n`;

function startWatch(folder: string, ...args: string[]): RunningSnoop {
  return startSnoop(['test', '--watch', '--state', sharedState(), ...args], { cwd: folder });
}

/** Resolves when so many runs are over, and it waits for the next save. */
async function sawRuns(running: RunningSnoop, number: number): Promise<void> {
  const count = (): number => running.stderr().split('Waiting for the next save').length - 1;
  const ended = running.ended.then(() => Promise.reject(new Error(`it ended:\n${running.stderr()}`)));
  await Promise.race([ended, expect.poll(count, { timeout: 50_000 }).toBe(number)]);
}

/** The id of each run that was reported, and the names of its tests. */
const reportsOf = (running: RunningSnoop): string[][] =>
  running
    .stdout()
    .split(/^Run {7}/m)
    .slice(1)
    .map((report) => [...report.matchAll(/^[✓✗…-] (.+) \S+$/gm)].map(([, name = '']) => name).sort());

const idsOf = (running: RunningSnoop): string[] =>
  [...running.stdout().matchAll(/^Run {7}(\S+):/gm)].map(([, id = '']) => id);

describe('snoop test --watch', { timeout: 180_000 }, () => {
  test('runs after every change of a test, its imports, and after new and removed tests', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'a.live.ts');
    const imported = join(folder, 'paths.ts');
    await writeFile(imported, `export const path = '/version/';\n`);
    await writeFile(file, asking('first', 'path', `import { path } from './paths.ts';`));
    const running = startWatch(folder, '--author', 'Ada', '--author', ' Grace ');
    await sawRuns(running, 1);

    // As editors save that write another file first.
    await writeFile(join(folder, 'paths.ts~'), `export const path = '/api/v1/nodes';\n`);
    await rename(join(folder, 'paths.ts~'), imported);
    await sawRuns(running, 2);

    await writeFile(join(folder, 'notes.md'), 'not a test');
    await writeFile(join(folder, 'b.live.ts'), asking('second'));
    await sawRuns(running, 3);

    await rm(file);
    await sawRuns(running, 4);

    expect(reportsOf(running)).toEqual([['first'], ['first'], ['first', 'second'], ['second']]);
    expect(new Set(idsOf(running)).size).toBe(4);
    expect(running.stdout()).toContain('listCoreV1Node');
    expect(running.stdout().match(/, by Ada, Grace$/gm)).toHaveLength(4);
    const since = /^Since the last save\n(?:.+\n)+/gm;
    expect(
      running
        .stdout()
        .match(since)
        ?.map((table) =>
          table
            .split('\n')
            .slice(2, -1)
            .map((line) => line.replace(/ +/g, ' ').trim()),
        ),
    ).toEqual([
      ['gained listCoreV1Node - 200', 'lost getCodeVersion 200 -'],
      ['test second - passed b.live.ts', 'gained getCodeVersion - 200'],
      ['test first passed - a.live.ts', 'lost listCoreV1Node 200 -'],
    ]);
    running.interrupt();
    expect((await running.ended).exitCode).toBe(130);
  });

  test('shows an error in a file, and recovers after the next save', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'a.live.ts');
    await writeFile(file, `${head}liveTest('broken', async ({ cluster }) => {`);
    const running = startWatch(folder);
    await sawRuns(running, 1);
    expect(running.stderr()).toContain('a.live.ts');

    // It imports what is not there yet.
    await writeFile(file, asking('mended', 'path', `import { path } from './paths.ts';`));
    await sawRuns(running, 2);
    await writeFile(join(folder, 'paths.ts'), `export const path = '/version/';\n`);
    await sawRuns(running, 3);
    expect(reportsOf(running).at(-1)).toEqual(['mended']);
    running.interrupt();
    expect((await running.ended).exitCode).toBe(130);
  });

  test('runs once more after changes during a run', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'a.live.ts');
    const waiting = (round: number): string =>
      `${asking(`round ${round}`)}import { existsSync, writeFileSync } from 'node:fs';
liveTest('waits', async () => {
  writeFileSync('${folder}/started', '');
  await vi.waitFor(() => expect(existsSync('${folder}/go')).toBe(true), 30_000);
});\n`;
    await writeFile(file, waiting(1));
    const running = startWatch(folder);
    await expect.poll(() => existsSync(join(folder, 'started')), { timeout: 40_000 }).toBe(true);
    for (const round of [2, 3, 4]) await writeFile(file, waiting(round));
    await writeFile(join(folder, 'go'), '');
    await sawRuns(running, 2);
    await writeFile(file, waiting(5));
    await sawRuns(running, 3);
    expect(reportsOf(running)).toEqual([
      ['round 1', 'waits'],
      ['round 4', 'waits'],
      ['round 5', 'waits'],
    ]);
    running.interrupt();
    expect((await running.ended).exitCode).toBe(130);
  });

  test('Ctrl-C ends the current run, with its report', async () => {
    const folder = await makeFolder();
    await writeFile(
      join(folder, 'a.live.ts'),
      `${asking('done')}liveTest('endless', async () => {\n  console.log('now');\n  await new Promise(() => {});\n});\n`,
    );
    const running = startWatch(folder);
    await running.sawOnStderr('now');
    running.interrupt();
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode, stderr).toBe(130);
    expect(stdout).toContain('The run was interrupted');
    expect(stderr).not.toContain('Waiting for the next save');
  });

  test('continues after a database outage, and in a folder without tests', async () => {
    const folder = await makeFolder();
    const running = startWatch(folder, '--database-url', 'postgresql://nobody@127.0.0.1:1/none');
    await sawRuns(running, 1);
    expect(running.stderr()).toContain('There is no test file.');
    await writeFile(join(folder, 'a.live.ts'), asking('first'));
    await sawRuns(running, 2);
    expect(running.stderr()).toContain('SnoopDB at 127.0.0.1:1/none does not answer.');
    await writeFile(join(folder, 'a.live.ts'), asking('second'));
    await sawRuns(running, 3);
    running.interrupt();
    expect((await running.ended).exitCode).toBe(130);
  });

  test('rejects a mistyped name as wrong use', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'pods.live.ts'), asking('first'));
    const { exitCode, stderr } = await startWatch(folder, 'pod.live.ts').ended;
    expect(stderr).toContain("Did you mean 'snoop test pods.live.ts'?");
    expect(exitCode).toBe(2);
  });
});

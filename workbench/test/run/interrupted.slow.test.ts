import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoreV1Api } from '@kubernetes/client-node';
import { waitForExit, identifyProcess } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { readJournal } from '../../src/journal/read-journal.ts';
import { createRandomName } from '../../src/journal/run-id.ts';
import { openOwnClient } from '../support/own-client.ts';
import { findShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await findShared();
});

test('Ctrl-C in a terminal runs the teardown of fixtures, stores the run and leaves nothing', async () => {
  const cwd = await makeFolder();
  await writeFile(
    join(cwd, 'endless.live.ts'),
    `
import { liveTest } from '@snoop/workbench';
liveTest('endless', async ({ cluster, namespace }) => {
  await cluster.request({ path: '/api/v1/namespaces/' + namespace });
  console.log('now in ' + namespace + '.');
  await new Promise(() => {});
});
`,
  );
  // Its own process group, as in a terminal: workers receive the signal, too.
  const child = spawn(process.execPath, [program, 'test', '--state', controlPlane.folder], {
    cwd,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let namespace: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (namespace !== undefined) return;
    namespace = /now in (live-[\w-]+)\./.exec(said)?.[1];
    if (namespace !== undefined && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  });
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  expect(exitCode, said).toBe(130);

  const runs = join(controlPlane.folder, 'runs');
  const records = await Promise.all((await readdir(runs)).map((id) => readJournal(join(runs, id))));
  const record = records.find(({ requests }) => requests.some(({ path }) => path.endsWith(`/${namespace}`)));
  expect(record).toMatchObject({ state: 'interrupted', tests: [{ name: 'endless', state: 'running' }] });
  const core = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  const phase = await core.readNamespace({ name: namespace ?? '' }).then(
    ({ status }) => status?.phase,
    () => 'gone',
  );
  expect(['Terminating', 'gone']).toContain(phase);
});

test('after kill -9, the process of a computing test ends, and the next run removes what it left', async () => {
  const cwd = await makeFolder();
  const file = join(cwd, 'busy.live.ts');
  const node = `busy-${createRandomName(6)}`;
  await writeFile(
    file,
    `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
liveTest('busy', { timeout: 0 }, async ({ cluster, namespace }) => {
  await cluster.client(CoreV1Api).createNode({ body: { metadata: { name: '${node}' } } });
  process.stderr.write('process ' + process.pid + ' in ' + namespace + '.\\n', () => { for (;;); });
  await new Promise(() => {});
});
`,
  );
  const start = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [program, 'test', '--state', controlPlane.folder], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const child = start();
  let said = '';
  const words = await new Promise<RegExpExecArray>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /process (\d+) in (live-[\w-]+)\./.exec(said);
      if (found) resolve(found);
    });
  });
  const worker = identifyProcess(Number(words[1]));
  const namespace = words[2] ?? '';
  child.kill('SIGKILL');
  expect(worker && (await waitForExit(worker, 30_000)), said).toBe(true);

  const core = openOwnClient(controlPlane.kubeconfig).makeApiClient(CoreV1Api);
  expect((await core.readNamespace({ name: namespace })).metadata?.deletionTimestamp).toBeUndefined();
  expect((await core.readNode({ name: node })).metadata?.deletionTimestamp).toBeUndefined();
  await writeFile(
    file,
    `import { liveTest } from '@snoop/workbench'; liveTest('next', async ({ step }) => step('x', () => {}));`,
  );
  const next = start();
  let saidNext = '';
  next.stderr?.setEncoding('utf8').on('data', (text: string) => {
    saidNext += text;
  });
  expect(await new Promise((resolve) => next.once('close', resolve)), saidNext).toBe(0);
  // Its message is not checked: a run of another test file may have removed them first.
  await expect(core.readNode({ name: node })).rejects.toMatchObject({ code: 404 });
  const phase = await core.readNamespace({ name: namespace }).then(
    ({ status }) => status?.phase,
    () => 'gone',
  );
  expect(['Terminating', 'gone']).toContain(phase);
});

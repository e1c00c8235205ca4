import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { divideSpecs } from '../../src/e2e-suite/batches.ts';
import { runBatches } from '../../src/e2e-suite/run-batches.ts';
import type { Spec } from '../../src/e2e-suite/spec.ts';
import { listSuiteArguments } from '../../src/e2e-suite/suite-arguments.ts';
import { makeFolder } from '../support/folder.ts';

const spec = (name: string, isSerial = false): Spec => ({ name, file: 'test/e2e/x.go', isSerial });

/** Runs specs, one a process, with an e2e.test that is this shell script. */
async function runWith(
  script: string,
  specs: readonly Spec[],
  parallel: number,
  signal = new AbortController().signal,
) {
  const folder = await makeFolder();
  const program = join(folder, 'e2e.test');
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const ended: string[] = [];
  const reportFolder = join(folder, 'report');
  const batches = specs.map((one) => ({ specs: [one], isSerial: one.isSerial }));
  const running = runBatches(
    { program, suite: 'suite', batches, parallel, simulated: true },
    {
      env: { PATH: process.env.PATH, KUBECONFIG: 'the cluster' },
      reportFolder,
      signal,
      onEnd: (batch, exitCode) => void ended.push(`${batch}: ${exitCode}`),
    },
  );
  return { running, ended, reportFolder };
}

const readLog = (folder: string, batch: number): string =>
  readFileSync(join(folder, `e2e_00${batch}.log`), 'utf8').trim();

test('gives each process the cluster and exactly its specs, and keeps its output', async () => {
  const { running, ended, reportFolder } = await runWith(
    'echo "$KUBECONFIG"; printf "%s\\n" "$@"',
    [spec('[sig] a (b) $5. "c" \\d/e-f')],
    1,
  );
  expect(await running).toBe(0);
  expect(ended).toEqual(['1: 0']);
  expect(readLog(reportFolder, 1).split('\n')).toEqual([
    'the cluster',
    '--provider=skeleton',
    '--disable-log-dump',
    `--report-dir=${reportFolder}`,
    '--report-prefix=001_',
    '--allowed-not-ready-nodes=-1',
    '--minStartupPods=0',
    '--ginkgo.timeout=24h',
    '--ginkgo.seed=1',
    '--ginkgo.no-color',
    String.raw`--ginkgo.focus=^suite \[sig\] a \(b\) \$5\. "c" \\d/e-f$`,
  ]);
});

test('on real nodes the suite waits for nodes and system Pods', () => {
  const given = { suite: 'suite', specs: [], simulated: false, reportFolder: '/r', batch: 12 };
  expect(listSuiteArguments(given).filter((word) => /nodes|Pods|prefix/.test(word))).toEqual(['--report-prefix=012_']);
});

test('serial specs begin when all others have ended, and a failure is the exit code', async () => {
  const { running, reportFolder } = await runWith(
    `case "$*" in
      *serial*) ls; exit 1;;
      *) sleep 0.2; touch "done-$$";;
    esac`,
    [spec('a'), spec('b'), spec('c'), spec('serial', true)],
    2,
  );
  expect(await running).toBe(1);
  expect(
    readLog(reportFolder, 4)
      .split('\n')
      .filter((name) => name.startsWith('done-')),
  ).toHaveLength(3);
});

test('after an abort, waits for what runs and starts nothing more', async () => {
  const abort = new AbortController();
  const { running, ended, reportFolder } = await runWith(
    'touch begun; while ! [ -e end ]; do sleep 0.05; done',
    [spec('a'), spec('b')],
    1,
    abort.signal,
  );
  await vi.waitFor(() => expect(readdirSync(reportFolder)).toContain('begun'), { timeout: 30_000 });
  abort.abort();
  writeFileSync(join(reportFolder, 'end'), '');
  expect(await running).toBe(1);
  expect(ended).toEqual(['1: 0']);
});

test('more specs than one command line can hold are several processes', () => {
  const specs = Array.from({ length: 8_000 }, (_, at) => spec(`${'x'.repeat(200)} ${at}`));
  const longest = Math.max(
    ...divideSpecs(specs, 1).map(
      (batch) =>
        listSuiteArguments({ suite: 's', specs: batch.specs, simulated: true, reportFolder: '/r', batch: 1 }).join(' ')
          .length,
    ),
  );
  expect(longest).toBeLessThan(128_000);
});

test('a process that a signal ended makes the exit code that of a shell, whatever the others answer', async () => {
  const script = 'case "$*" in *killed*) kill -KILL $$;; *failed*) exit 1;; esac';
  const { running, ended } = await runWith(script, [spec('failed'), spec('killed'), spec('passed')], 1);
  expect(await running).toBe(137);
  expect(ended).toEqual(['1: 1', '2: SIGKILL', '3: 0']);
});

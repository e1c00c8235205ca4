import type { Context } from '../context.ts';
import { writeFitted } from '../output/wrap.ts';
import { defineCommand } from '@snoop/snoopdb/command-line';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControlPlane, stopControlPlane } from '../control-plane/index.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { testAndReport } from '../run/reported-run.ts';
import { printRun } from '../command-line/print-run.ts';

export const command = defineCommand({
  name: 'snoop demo',
  title: 'run two example tests on a temporary control plane',
  usage: ['snoop demo'],
  about: `
Starts a control plane in its own state folder, runs two live tests on it, prints their reports, then stops and deletes
everything. It does not touch a running 'snoop up', nor read KUBECONFIG and DATABASE_URL.`,
  flags: {},
  examples: `
snoop demo
# the same by hand, and it keeps running:
snoop up && snoop test workbench/examples/*.live.ts`,
  exitCodes: '0 it worked · 1 an example failed · 2 wrong use · 3 could not do it',
  run,
});

const examples = [
  {
    title: 'A test without effect: all endpoints it hits are tested already',
    file: 'config-map-lifecycle.live.ts',
  },
  {
    title: 'A test that hits untested endpoints',
    file: 'horizontal-pod-autoscaler-lifecycle.live.ts',
  },
];

async function run(_given: unknown, context: Context): Promise<number> {
  const { progress, stdout, stderr, cwd } = context;
  const environment = { ...context.environment, kubeconfig: null, databaseUrl: null };
  const demoContext = { ...context, environment };
  const folder = join(dirname(resolveStateFolder({ state: undefined, stateFolder: null, cwd })), '.snoop-demo');
  // A killed demo may have left processes and files.
  await stopControlPlane({ folder, purge: true, progress, signal: context.signal });
  try {
    await startControlPlane({ folder, environment, progress, signal: context.signal });
    const choice = { kubeconfig: undefined, context: undefined, environment, stateFolder: folder, cwd, progress };
    const target = await selectTarget(choice);
    let exitCode = 0;
    for (const { title, file } of examples) {
      if (context.signal.aborted) break;
      stdout.write(`\n=== ${title}\n\n`);
      const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
      const options = {
        target,
        stateFolder: folder,
        files: [path],
        author: environment.author ?? environment.loginName,
        namespace: null,
        verbose: false,
        passedOnly: false,
        countsIndirect: false,
        databaseUrl: undefined,
      };
      const code = await testAndReport(demoContext, options, (tested) =>
        printRun(demoContext, tested, [{ format: 'text', file: null }]),
      );
      exitCode = Math.max(exitCode, code);
    }
    if (exitCode === 0) writeFitted(stderr, '\nTo run your own tests: npx snoop up, then npx snoop test <file>\n');
    return exitCode;
  } finally {
    // Ctrl-C does not interrupt the cleanup.
    await stopControlPlane({ folder, purge: true, progress, signal: new AbortController().signal });
  }
}

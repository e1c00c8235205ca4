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

/** `snoop demo`: shows the whole way; afterwards nothing of it is left. */
export const command = defineCommand({
  name: 'snoop demo',
  title: 'the whole way on two example tests',
  usage: ['snoop demo'],
  about: `
Starts a control plane in a state folder of its own, runs two live tests against it, prints their reports, and stops and
forgets everything again. A running 'snoop up' is not touched, KUBECONFIG and DATABASE_URL are not read.`,
  flags: {},
  examples: `
snoop demo
# the same by hand, and it stays:
snoop up && snoop test workbench/examples/*.live.ts`,
  exitCodes: '0 it worked · 1 an example failed · 2 wrong use · 3 it could not be done',
  run,
});

const examples = [
  {
    title: 'A test that is not effective: all it hits is tested already',
    file: 'config-map-lifecycle.live.ts',
  },
  {
    title: 'A test that hits endpoints which no test had hit',
    file: 'horizontal-pod-autoscaler-lifecycle.live.ts',
  },
];

async function run(_given: unknown, context: Context): Promise<number> {
  const { progress, stdout, stderr, cwd } = context;
  const environment = { ...context.environment, kubeconfig: null, databaseUrl: null };
  const ofDemo = { ...context, environment };
  const folder = join(dirname(resolveStateFolder({ state: undefined, stateFolder: null, cwd })), '.snoop-demo');
  // One that was killed may have left something behind.
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
        databaseUrl: undefined,
      };
      const ended = await testAndReport(ofDemo, options, (tested) => printRun(ofDemo, tested, 'text'));
      exitCode = Math.max(exitCode, ended);
    }
    if (exitCode === 0)
      writeFitted(stderr, '\nThat was the whole way. To go it yourself: npx snoop up, then npx snoop test <file>\n');
    return exitCode;
  } finally {
    // Also after Ctrl-C: the tidying-up itself is not to be interrupted.
    await stopControlPlane({ folder, purge: true, progress, signal: new AbortController().signal });
  }
}

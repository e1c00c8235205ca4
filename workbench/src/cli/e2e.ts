import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { describeCounters } from '../audit-run/documents/summary.ts';
import { findKilledRun } from '../audit-run/begun-run.ts';
import { type EarlierRun, readEarlierRun } from '../audit-run/earlier-run.ts';
import { recoverRun } from '../audit-run/recover-run.ts';
import { readOutcomes } from '../audit-run/read-outcomes.ts';
import { draftOf, requireUnused } from '../audit-run/run-draft.ts';
import type { StateTarget } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { parseSeconds } from '../command-line/flag-values.ts';
import { stateFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { maxNodes } from '../control-plane/node-settings.ts';
import { findE2e } from '../control-plane/programs/find-e2e.ts';
import { chooseLocalRelease, type ClusterWish, findKindTarget, withLocalCluster } from '../e2e-suite/choose-cluster.ts';
import { listSpecs } from '../e2e-suite/list-specs.ts';
import { type E2eOptions, performE2e } from '../e2e-suite/perform-e2e.ts';
import { passedBefore, type Plan, planRun } from '../e2e-suite/plan.ts';
import { formatPlan, summarizePlan } from '../e2e-suite/print-plan.ts';
import type { SuiteRun } from '../e2e-suite/run-batches.ts';
import { wrongUse } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { writeFitted } from '../output/wrap.ts';
import { resolveStateFolder } from '../state-folder.ts';

const maxParallel = 32;

const flags = {
  release: valueFlag('--release <X.Y.Z>', 'the Kubernetes release; 1.36 means 1.36.0').defaultsToWhat(
    "the cluster's, else 1.37.2",
  ),
  focus: valueFlag('--focus <REGEX>', 'only specs whose names match, in the syntax of Go').defaultsTo(
    '\\[Conformance\\]',
  ),
  skip: valueFlag('--skip <REGEX>', 'no specs whose names match'),
  parallel: valueFlag(
    '--parallel <N>',
    `processes at a time (1 to ${maxParallel}); serial specs run alone, at the end`,
    (text, name) => readCount(text, name, 1, maxParallel),
  ).defaultsToWhat('1'),
  kind: switchFlag('--kind', "the kind cluster of 'snoop up --kind', with real containers").conflicts(['nodes', 'all']),
  nodes: valueFlag('--nodes <N>', 'simulated nodes of the local control plane', (text, name) =>
    readCount(text, name, 0, maxNodes),
  ).defaultsToWhat('those it has, else 2'),
  all: switchFlag('--all', 'on simulated nodes, also specs that need real containers'),
  dryRun: switchFlag('--dry-run', 'only list what would run, in which processes, what not, and why'),
  resume: valueFlag('--resume <DIR>', 'the folder of an earlier run: what passed there is not run again, and counts'),
  out: valueFlag('--out <DIR>', 'the folder to write; must not exist, or be empty').defaultsToWhat(
    'e2e-X.Y.Z in the current folder',
  ),
  compare: valueFlag('--compare <WHAT>', 'a folder of an audit run, a coverage file, or a release').defaultsToWhat(
    "the published coverage of the cluster's release",
  ),
  wait: valueFlag(
    '--wait <SECONDS>',
    'how long to wait for audit events without a new one',
    parseSeconds,
  ).defaultsToWhat('15 locally, 45 on kind'),
  ...stateFlags,
};

export const command = defineCommand({
  name: 'snoop e2e',
  title: "run Kubernetes' own e2e suite and make its coverage",
  usage: ['snoop e2e [options]'],
  about: `
Runs e2e.test of the cluster's release as an audit run: 'snoop audit-run --help' describes the folder that it writes.
The cluster is the local control plane with simulated nodes, which is started if it does not run, and stopped
afterwards; or that of --kind.

e2e.test comes from the first of PATH, the cache, a download with verified checksum, and a build from Go modules
(minutes, once on a machine).

Simulated nodes run no containers. Specs that need one are left out, with the reason; --all runs them all the same.`,
  flags,
  environment: { XDG_CACHE_HOME: 'where programs are cached (default: ~/.cache)' },
  examples: `
snoop e2e --dry-run
snoop e2e --parallel 4  # conformance specs, about 20 minutes
snoop e2e --release 1.37.2 --focus 'ConfigMap.*\\[Conformance\\]' --out maps
snoop e2e --resume e2e-1.37.2 --out complete  # only what did not pass
snoop e2e --kind --focus '\\[Conformance\\]' --parallel 2`,
  exitCodes:
    '0 all passed and all recorded · 1 a spec failed · 2 wrong use · 3 events are missing, or the run is incomplete · 128 + n ended by signal n',
  run,
});

type Flags = Given<typeof flags>['flags'];

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const wish: ClusterWish = { folder, release: values.release, environment, progress, signal };
  if (values.kind === true) {
    const { target, release } = await findKindTarget(wish);
    return planAndRun(values, release, context, (work) => work(target));
  }
  const release = chooseLocalRelease(wish);
  return planAndRun(values, release, context, (work) =>
    withLocalCluster({ ...wish, release, nodes: values.nodes ?? null }, work),
  );
}

type WithCluster = (work: (target: StateTarget) => Promise<number>) => Promise<number>;

async function planAndRun(values: Flags, release: string, context: Context, withCluster: WithCluster): Promise<number> {
  const { environment, progress, signal, stdout, cwd } = context;
  const out = resolve(cwd, values.out ?? `e2e-${release}`);
  checkFolders(values, out, cwd);
  await writeKilledRun(values, release, context, withCluster);
  const earlier = values.resume === undefined ? null : await readEarlier(values.resume, release, cwd);
  if (values.dryRun !== true) requireUnused(out);
  const program = await findE2e({ release, environment, progress, signal });
  const list = await progress.step('Listing the specs', () =>
    listSpecs(program.path, { focus: values.focus, skip: values.skip ?? null }, signal),
  );
  const parallel = values.parallel ?? 1;
  const plan = planRun({
    specs: list.specs,
    parallel,
    simulated: values.kind !== true,
    all: values.all === true,
    hasKubectl: findProgram('kubectl', environment.path) !== null,
    passed: earlier?.passed ?? new Set(),
  });
  if (values.dryRun === true) {
    writeFitted(stdout, `${formatPlan(plan, parallel)}\n`);
    return 0;
  }
  checkPlan(plan, values);
  progress.print(`e2e.test ${release} (${program.from}): ${summarizePlan(plan, parallel)}`);
  const suite: SuiteRun = {
    program: program.path,
    suite: list.suite,
    batches: plan.batches,
    parallel,
    simulated: values.kind !== true,
  };
  return withCluster((target) => runSuite({ run: suite, target, out, earlier }, values, context));
}

/** @throws SnoopError `wrong_use` */
function checkFolders({ resume, dryRun }: Flags, out: string, cwd: string): void {
  if (resume === undefined) return;
  const folder = resolve(cwd, resume);
  if (![folder, draftOf(folder)].some((path) => existsSync(path))) {
    throw wrongUse(`The folder ${folder} does not exist.`, 'Name the folder of an earlier run: --resume DIR.');
  }
  if (folder === out && dryRun !== true) {
    throw wrongUse(`The run in ${folder} is kept, so its continuation needs another folder.`, 'Name it: --out DIR.');
  }
}

/** Writes the folder of --resume, if the run was killed before it did. @throws SnoopError `wrong_use` */
async function writeKilledRun(
  values: Flags,
  release: string,
  context: Context,
  withCluster: WithCluster,
): Promise<void> {
  const { environment, cwd, progress, signal, stdout, stderr } = context;
  const out = resolve(cwd, values.resume ?? '');
  const begun = values.resume === undefined ? null : findKilledRun(out);
  if (begun === null) return;
  checkRelease(out, begun.release, release);
  if (values.dryRun === true) throw wrongUse(`The run in ${out} was killed and is not written yet.`, 'Omit --dry-run.');
  progress.print(`The run ${begun.id} was killed. Its folder is written first.`);
  const earlier = begun.resumes === null ? null : await readEarlierRun(begun.resumes, readOutcomes);
  await withCluster((target) =>
    withDatabase(context, values, { user: 'snoop e2e', target }, async ({ pool, stateFolder }) => {
      const options = {
        ...{ target, pool, stateFolder, out, cwd, progress, signal, stdout, stderr, earlier },
        ...{ junit: [], pattern: null, compare: null, waitMs: values.wait, env: environment.forPrograms, judge: null },
        ...{ readOutcomes, findMissingJunit: () => null, policyFile: null },
      };
      await recoverRun(options, begun);
      return 0;
    }),
  );
}

/** @throws SnoopError `bad_run_folder`; `wrong_use` for a run of another release */
async function readEarlier(folder: string, release: string, cwd: string): Promise<EarlierRun> {
  const earlier = await readEarlierRun(resolve(cwd, folder), readOutcomes);
  checkRelease(folder, earlier.release, release);
  return earlier;
}

function checkRelease(folder: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw wrongUse(
    `The run in ${folder} is of Kubernetes ${found}, not ${wanted}.`,
    `Name a folder of ${wanted}, or use --release ${found}.`,
  );
}

async function runSuite(
  suite: Pick<E2eOptions, 'run' | 'target' | 'out' | 'earlier'>,
  values: Flags,
  context: Context,
): Promise<number> {
  const { environment, cwd, progress, signal, stdout, stderr } = context;
  return withDatabase(context, values, { user: 'snoop e2e', target: suite.target }, async ({ pool, stateFolder }) => {
    const result = await performE2e({
      ...suite,
      ...{ pool, stateFolder, cwd, progress, signal, stdout, stderr },
      shownCommand: ['snoop', ...context.argv],
      animate: 'isTTY' in stderr && stderr.isTTY === true && !environment.ci,
      compare: values.compare ?? null,
      policyFile: null,
      waitMs: values.wait,
      env: environment.forPrograms,
      readOutcomes,
      judge: null,
    });
    for (const reason of result.reasons) progress.print(`incomplete: ${reason}`);
    progress.print(describeCounters(result.counters).replaceAll('**', ''));
    progress.print(`written to ${suite.out}: summary.md, coverage.json, run.json`);
    if (result.exitCode !== 0) return result.exitCode;
    return result.complete ? 0 : 3;
  });
}

/** @throws SnoopError `wrong_use` when nothing would run */
function checkPlan({ batches, leftOut }: Plan, { focus }: Flags): void {
  // A run that was interrupted at its end becomes whole without running anything.
  if (batches.length > 0 || leftOut.some(({ reason }) => reason === passedBefore)) return;
  if (leftOut.length === 0) throw wrongUse(`No spec matches --focus '${focus}'.`, "'snoop e2e --dry-run' lists specs.");
  throw wrongUse(`All ${leftOut.length} specs are left out.`, "'snoop e2e --dry-run' lists them with reasons.");
}

/** @throws SnoopError `wrong_use` */
function readCount(text: string, name: string, least: number, most: number): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw wrongUse(`${name} takes a whole number from ${least} to ${most}, not '${text}'.`);
}

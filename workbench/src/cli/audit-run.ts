import { resolve } from 'node:path';
import { defineCommand, type Given, listFlag, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { performAuditRun } from '../audit-run/perform-audit-run.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { parseSeconds } from '../command-line/flag-values.ts';
import { clusterFlags, databaseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { judgeGate } from '../gate/judge.ts';
import { printGate } from '../gate/output/print.ts';
import { readGateFacts } from '../gate/sources/gate-facts.ts';
import { createPlaces } from './gate/repository-places.ts';
import { describeCounters } from '../audit-run/documents/summary.ts';
import { AgentPattern } from '../audit-run/documents/test-names.ts';
import { readOutcomes } from '../audit-run/read-outcomes.ts';
import { resolveStateFolder } from '../state-folder.ts';

const flags = {
  out: valueFlag('--out <DIR>', 'the folder to write; must not exist, or be empty').defaultsToWhat(
    'audit-run in the current folder',
  ),
  local: switchFlag('--local', 'use the running local control plane, the default'),
  kind: switchFlag('--kind', 'use the running kind cluster'),
  ...clusterFlags,
  junit: listFlag('--junit <PATH>', 'JUnit that the suite writes: a file, or a folder of files'),
  testAgent: valueFlag(
    '--test-agent <REGEX>',
    "user agents that are tests, besides e2e.test; the group (?<test>…), or the only one, is the test's name, else what follows ' -- '",
    (text) => new AgentPattern(text),
  ),
  compare: valueFlag('--compare <WHAT>', 'a folder of an audit run, a coverage file, or a release').defaultsToWhat(
    "the published coverage of the cluster's release",
  ),
  auditPolicy: valueFlag(
    '--audit-policy <FILE>',
    'the audit policy of kube-apiserver, to know what it hides',
  ).defaultsToWhat("that of a cluster of 'snoop up'"),
  gate: valueFlag(
    '--gate <DIR>',
    "judge new endpoints by this checkout of kubernetes/kubernetes, as 'snoop gate --repo DIR' does",
  ),
  wait: valueFlag('--wait <SECONDS>', 'how long to wait without a new event', parseSeconds).defaultsToWhat(
    '15 locally, 45 elsewhere',
  ),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop audit-run',
  title: 'make the coverage of any e2e suite, with its audit events',
  usage: ['snoop audit-run [options] -- <command> [arguments]'],
  about: `
Runs a suite against a cluster that reports to SnoopDB, waits until every audit event is stored, and writes a folder:
coverage.json in the form of published coverage, the events, what failed, the difference to published coverage, the
suite's JUnit and logs, summary.md, and run.json with digests of all.

The suite gets the cluster in KUBECONFIG. What it writes into the folder in SNOOP_REPORT_DIR, or in place of {report} in
its arguments, is kept: JUnit in junit/, the rest in logs/. Only successful requests of passed tests count. Each test of
e2e.test counts by its name; for other suites give --test-agent.

An endpoint that the cluster's audit policy hides, and that no test hit, is unknown: neither tested nor untested. Give
--audit-policy for a cluster that 'snoop up' did not start.

The number of events that the API servers sent is compared with what is stored. If events are missing, or the suite was
killed or lost the cluster, run.json says 'complete: false', and other commands refuse the folder without --partial.`,
  flags,
  handsOn: true,
  environment: {
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs; set inside a cluster',
    DATABASE_URL: 'the SnoopDB of a cluster named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts; replaced for the suite',
  },
  examples: `
snoop audit-run --out run -- e2e.test --ginkgo.focus='ConfigMap' \\
  --provider=skeleton --report-dir={report}
snoop audit-run --test-agent '^my-suite/' --junit out.xml -- ./suite.sh
snoop coverage regressions 1.37 run`,
  exitCodes:
    'those of the suite if not 0, else those of --gate · 2 wrong use · 3 events are missing, or the run is incomplete · 128 + n ended by signal n',
  run,
});

async function run({ flags: values, handedOn }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, cwd, progress, signal, stdout, stderr } = context;
  if (handedOn.length === 0 || handedOn[0] === '') {
    throw wrongUse('snoop audit-run needs a command after --.', 'For example: snoop audit-run --out run -- ./suite.sh');
  }
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  const named = kubeconfig !== undefined || kubeContext !== undefined;
  if ([values.local, values.kind, named].filter(Boolean).length > 1) {
    throw wrongUse('Use one of --local, --kind, and --kubeconfig or --context.', "See 'snoop audit-run --help'.");
  }
  const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
  const wanted = values.kind ? 'kind' : values.local ? 'local' : null;
  if (wanted !== null && target.kind !== wanted) {
    const start = wanted === 'kind' ? 'snoop up --kind' : 'snoop up';
    throw wrongUse(
      `The cluster in ${stateFolder} is not ${wanted === 'kind' ? 'a kind cluster' : 'the local control plane'}.`,
      `Start it: ${start}`,
    );
  }
  if (target.kind !== 'named') progress.print(`cluster ${target.server} (${target.kind})`);
  const out = resolve(cwd, values.out ?? 'audit-run');
  return withDatabase(context, values, { user: 'snoop audit-run', target }, async ({ pool }) => {
    const result = await performAuditRun({
      ...{ target, pool, stateFolder, out, command: handedOn, cwd, progress, signal, stdout, stderr },
      junit: (values.junit ?? []).map((path) => resolve(cwd, path)),
      pattern: values.testAgent ?? null,
      compare: values.compare ?? null,
      policyFile: values.auditPolicy === undefined ? null : resolve(cwd, values.auditPolicy),
      earlier: null,
      waitMs: values.wait,
      env: environment.forPrograms,
      readOutcomes,
      judge: values.gate === undefined ? null : (file, commit) => judge(values.gate ?? '', { file, commit }, context),
    });
    for (const reason of result.reasons) progress.print(`incomplete: ${reason}`);
    if (result.advice !== null) progress.print(result.advice);
    progress.print(describeCounters(result.counters).replaceAll('**', ''));
    progress.print(`written to ${out}: summary.md, coverage.json, run.json`);
    if (result.exitCode !== 0) return result.exitCode;
    if (!result.complete) return 3;
    return result.gateExitCode ?? 0;
  });
}

/** Judges the coverage of the run and prints the answer on stderr. @returns the exit code of the gate */
async function judge(
  repo: string,
  { file, commit }: { readonly file: string; readonly commit: string | null },
  context: Context,
): Promise<number> {
  const { cwd, progress, signal, environment } = context;
  const unknown = { openapi: null, previous: null, conformance: null, ineligible: null, pending: null };
  const unstated = { release: null, previousRelease: null, commit: null, hitsRelease: null, hitsDate: null };
  const hitsCommit = commit !== null && /^[0-9a-f]{7,40}$/.test(commit) ? commit : null;
  const facts = await readGateFacts({
    ...{ ...unknown, ...unstated, hitsCommit, groups: null, repo, hits: [file] },
    ...{ cwd, progress, signal, stdin: process.stdin, env: environment.forPrograms },
    withPool: () => Promise.reject(new Error('The gate of an audit run reads no database.')),
  });
  const answer = judgeGate(facts);
  context.stderr.write(printGate(answer, 'text', createPlaces(answer, context, repo)));
  return answer.exitCode;
}

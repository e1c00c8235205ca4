import type { Command } from '../command-line/command.ts';

/** A command in the page of `snoop --help`. */
export interface Entry {
  readonly group: string;
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  /** Commands are loaded only when called, so that `snoop --help` is fast. */
  load(): Promise<{ readonly command: Command }>;
}

/** All commands, in the order of `snoop --help`. */
export const entries: readonly Entry[] = [
  ...group('Try', {
    demo: ['run two example tests on a temporary cluster', () => import('./demo.ts')],
    up: ['start a local cluster with its auditlogger and SnoopDB', () => import('./up.ts')],
    status: ['what runs, where, since when, and how many events arrived', () => import('./status.ts')],
    doctor: ['find which part keeps requests from being recorded', () => import('./doctor.ts')],
    down: ['stop it; --purge deletes its data', () => import('./down.ts')],
  }),
  ...group('Find', {
    untested: ['the endpoints that no e2e test hits, by kind, group, level', () => import('./untested.ts')],
    endpoint: ['everything about one endpoint', () => import('./endpoint.ts')],
    hits: ['which endpoints a client uses', () => import('./hits.ts')],
    gate: ['which new endpoints have no conformance test; exit 1 if any', () => import('./gate.ts')],
    coverage: [
      'how much is tested; diff: what changed; regressions: what was lost; progress: by release',
      () => import('./coverage.ts'),
    ],
    ui: ['serve a page of the API, its coverage and its tests', () => import('./ui.ts')],
    resolve: ['the endpoint of each audit event', () => import('./resolve.ts')],
  }),
  ...group('Write', {
    init: ['write the files that a new folder with live tests needs', () => import('./init.ts')],
    new: ['write a live test of the lifecycle of a kind', () => import('./new.ts')],
    test: ['run live tests and report which endpoints they hit', () => import('./test.ts')],
    exec: ['record what any client requests: kubectl, helm, Go, curl', () => import('./exec.ts')],
    'audit-run': ['make the coverage of any e2e suite, with its audit events', () => import('./audit-run.ts')],
    e2e: ["run Kubernetes' own e2e suite and make its coverage", () => import('./e2e.ts')],
    tail: ['audit events as they are committed, one line each', () => import('./tail.ts')],
    pair: ['a shared terminal for two: editor, tests, events', () => import('./pair.ts')],
    completion: [
      'complete commands in bash, zsh or fish',
      async () => ({ command: (await import('./completion.ts')).createCommand(entries) }),
    ],
  }),
  ...group('Review', {
    report: ['print the report of a run again', () => import('./report.ts')],
    runs: ['list runs; diff, export, import, rm', () => import('./runs.ts')],
    ticket: ['write the issue about a mock test, with its evidence', () => import('./ticket.ts')],
    review: ['check a ticket or a run, run its tests again, compare', () => import('./review.ts')],
    ginkgo: ['write a run as a Go test for kubernetes/kubernetes', () => import('./ginkgo.ts')],
    export: ["write coverage files for APISnoop's site", () => import('./export.ts')],
    site: ['write the page of releases as a static site', () => import('./site.ts')],
  }),
  ...group('Cluster', {
    sink: ['configure a kube-apiserver to send its audit events; check', () => import('./sink.ts')],
    kind: ['images, lint: build images, check a configuration of kind', () => import('./kind.ts')],
  }),
  ...group('Database', {
    load: ['load OpenAPI documents, audit logs, coverage and lists', () => import('./load.ts')],
    db: ['psql, check, rebuild, reset-live and more, for SnoopDB itself', () => import('./db.ts')],
  }),
];

/** Commands that the program itself starts. */
export const internalEntries: readonly Entry[] = group('Internal', {
  complete: [
    "answer a shell's completion",
    async () => ({ command: (await import('./complete.ts')).createCommand(entries) }),
  ],
  'run-tests': ['run the tests of a ticket, isolated', () => import('./run-tests.ts')],
  'run-e2e': ["run the processes of Kubernetes' e2e suite", () => import('./run-e2e.ts')],
  supervise: ['keep a control plane running', () => import('./supervise.ts')],
  'serve-ui': ['serve the page of a control plane', () => import('./serve-ui.ts')],
  forward: ["forward a kind cluster's SnoopDB", () => import('./forward.ts')],
  'find-audit-logs': ['find the audit logs of a CI run', () => import('./find-audit-logs.ts')],
  'keep-gate-answer': ['run the gate and keep its answer', () => import('./keep-gate-answer.ts')],
  'serve-gate-metrics': ["serve the gate's kept answer as metrics", () => import('./serve-gate-metrics.ts')],
}).map((entry) => ({ ...entry, hidden: true }));

function group(heading: string, commands: Readonly<Record<string, readonly [string, Entry['load']]>>): Entry[] {
  return Object.entries(commands).map(([name, [summary, load]]) => ({ group: heading, name, summary, load }));
}

import type { Command } from '../command-line/command.ts';

/** A command in the page of `snoop --help`. */
export interface Entry {
  /** What a person wants. */
  readonly group: string;
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  /** A command is loaded only when it is called: `snoop --help` answers before anything heavy is read. */
  load(): Promise<{ readonly command: Command }>;
}

/** All commands, in the order of `snoop --help`. */
export const entries: readonly Entry[] = [
  ...group('Try', {
    demo: ['the whole way on two example tests, in a state folder of its own', () => import('./demo.ts')],
    up: ['start a local cluster with its audit logger and SnoopDB', () => import('./up.ts')],
    status: ['what runs, where, since when, and how many events arrived', () => import('./status.ts')],
    down: ['stop it; --purge forgets its data', () => import('./down.ts')],
  }),
  ...group('Find', {
    untested: ['the endpoints that no e2e test hits, by kind, group, level', () => import('./untested.ts')],
    endpoint: ['everything that is known of one endpoint', () => import('./endpoint.ts')],
    hits: ['what a client uses of the API', () => import('./hits.ts')],
    coverage: ['how much is tested; diff: what changed; progress: by release', () => import('./coverage.ts')],
    resolve: ['which endpoint each audit event means', () => import('./resolve.ts')],
  }),
  ...group('Write', {
    test: ['run live tests and report which endpoints they hit', () => import('./test.ts')],
    tail: ['audit events as they are committed, one line each', () => import('./tail.ts')],
    pair: ['one shared terminal for two: editor, tests, events', () => import('./pair.ts')],
  }),
  ...group('Review', {
    report: ['print the report of a run again', () => import('./report.ts')],
    export: ["write coverage files as APISnoop's site reads them", () => import('./export.ts')],
  }),
  ...group('Cluster', {
    sink: ['what a kube-apiserver needs to send its audit events; check', () => import('./sink.ts')],
    kind: ['images, lint: what a kind cluster is made from', () => import('./kind.ts')],
  }),
  ...group('Database', {
    load: ['put OpenAPI documents, audit logs, coverage and lists into SnoopDB', () => import('./load.ts')],
    db: ['psql, check, rebuild, reset-live: work on SnoopDB itself', () => import('./db.ts')],
  }),
];

/** Called by the program itself, not by people. */
export const internalEntries: readonly Entry[] = group('Internal', {
  supervise: ['keeps a control plane running', () => import('./supervise.ts')],
  forward: ["forwards a kind cluster's SnoopDB", () => import('./forward.ts')],
}).map((entry) => ({ ...entry, hidden: true }));

function group(heading: string, commands: Readonly<Record<string, readonly [string, Entry['load']]>>): Entry[] {
  return Object.entries(commands).map(([name, [summary, load]]) => ({ group: heading, name, summary, load }));
}

import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Packages of this house are taken from their sources: tests need no build. */
const conditions = ['@snoop/source'];

/** The lanes beside `unit`, by the suffix of a test file's name: `<what>.<lane>.test.ts`. */
const lanes = ['process', 'database', 'cluster', 'faults', 'slow'] as const;

const shared = (...names: ('programs' | 'postgres' | 'control-plane')[]): string[] =>
  names.map((name) => `test/support/shared/${name}.ts`);

/** What a lane starts; the projects of one vitest process share it. */
const globalSetups = {
  process: [],
  database: shared('programs', 'postgres'),
  cluster: shared('programs', 'postgres', 'control-plane'),
  faults: shared('programs', 'postgres'),
  slow: shared('programs', 'postgres', 'control-plane'),
};

const files = (suffix: string): string[] => [`test/**/*${suffix}`, `*/test/**/*${suffix}`];

const unit: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'unit',
    include: files('.test.ts'),
    exclude: ['**/node_modules/**', '**/dist/**', ...lanes.flatMap((lane) => files(`.${lane}.test.ts`))],
    // Few processes are started and nothing is killed, so the files share threads and what these have imported.
    pool: 'threads',
    isolate: false,
  },
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      unit,
      ...lanes.map(
        (name): TestProjectInlineConfiguration => ({
          extends: true,
          test: {
            name,
            include: files(`.${name}.test.ts`),
            globalSetup: globalSetups[name],
            // Their processes end with the test, so files share a process and its imports.
            ...(name === 'process' && { isolate: false }),
            // The files `*.partly.*` run in two lanes, and only here whole.
            ...(name === 'slow' && {
              include: [...files('.slow.test.ts'), ...files('.partly.*test.ts')],
              env: { SNOOP_TEST_ALL: '1' },
            }),
            // Bursts and full disks want the machine to themselves: after the others, and fewer at a time. What waits in
            // one test for fifty faults, each with a limit of its own, takes many times longer on a busy machine.
            ...(name === 'faults' && { maxWorkers: 2, sequence: { groupOrder: 1 }, testTimeout: 900_000 }),
          },
        }),
      ),
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Tests start processes and send them signals; threads could not be left behind by a hard end.
    pool: 'forks',
    // Many wait for programs most of the time; each may have a PostgreSQL, an API server and programs of its own.
    maxWorkers: 3,
    // Deadlines for what hangs, many times longer than what works takes. No test asserts a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // The shell's settings must lead no test to somebody's cluster or database.
    env: {
      ...{ KUBECONFIG: '', DATABASE_URL: '', SNOOP_STATE: '', SNOOP_KUBECONFIG: '', SNOOP_NAMESPACE: '' },
      // Their output must not depend on where they run.
      GITHUB_ACTIONS: '',
    },
  },
});

import { defineConfig } from 'vitest/config';

/** Packages of this house are taken from their sources: tests need no build. */
const conditions = ['@snoop/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', '*/test/**/*.test.ts'],
    // Those in a kind cluster want Docker: npm run test:kind.
    exclude: ['**/node_modules/**', '**/dist/**', 'test/kind/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Tests start processes and send them signals; threads could not be left behind by a hard end.
    pool: 'forks',
    // Each may have a PostgreSQL, an API server and programs of its own beside it.
    maxWorkers: 2,
    // Deadlines for what hangs, many times longer than what works takes. No test asserts a time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // The shell's settings must lead no test to somebody's cluster or database.
    env: { KUBECONFIG: '', DATABASE_URL: '', SNOOP_STATE: '', SNOOP_KUBECONFIG: '', SNOOP_NAMESPACE: '' },
  },
});

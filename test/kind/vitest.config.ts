import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Uses the packages from their sources. */
const conditions = ['@snoop/source'];

/** Tests in real kind clusters, for `npm run test:kind`: slow, one after the other, one cluster at a time. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // No `.test.ts`: `npm test` must not find them.
    include: ['test/kind/*.kind.ts'],
    globalSetup: ['test/kind/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    // The tests of a file share a cluster, and each goes on where the one before it stopped.
    bail: 1,
    // For tests that hang. Waits have earlier deadlines and name what they wait for. No test asserts a time.
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    // The guard deletes a cluster.
    teardownTimeout: 180_000,
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Uses the packages from their sources. */
const conditions = ['@snoop/source'];

/** Kubernetes' own suite on simulated nodes, for `npm run test:e2e`: about 20 minutes. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // No `.test.ts`: `npm test` must not find them.
    include: ['test/e2e/*.e2e.ts'],
    globalSetup: ['test/support/shared/programs.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // For a suite that hangs; building e2e.test takes minutes, too.
    testTimeout: 5_400_000,
    env: { KUBECONFIG: '', DATABASE_URL: '', SNOOP_STATE: '', SNOOP_KUBECONFIG: '', GITHUB_ACTIONS: '' },
  },
});

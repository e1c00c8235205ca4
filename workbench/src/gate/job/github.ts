import type { JobOptions } from './job-options.ts';
import { formatYamlPage } from './yaml-page.ts';

const comment = `
A workflow of GitHub Actions. This file belongs into your repository: .github/workflows/snoop-gate.yaml

The action installs snoop from its own checkout at the pinned commit, and needs no secrets. The job fails with exit
code 1 if an endpoint is missing a test or not yet proven, and with 3 if it cannot tell. It writes annotations and
the summary of the job. Make it a required check only if every pull request may wait for it: without a trigger the
check stays pending, so remove "paths" first.

Change before use:
  branches    those with the API under development
  paths       where the OpenAPI document or the CRDs are, and the lists
  flags       one word a line; GitHub replaces expressions such as \${{ github.base_ref }}
  previous    HEAD^1 is what the pull request is merged into; fetch-depth 0 brings the history and the tags
`;

const kubernetesPaths = ['api/openapi-spec/**', 'test/conformance/testdata/**'];

/** Writes a workflow that uses the action. */
export function writeGithubWorkflow({ name, image, flags }: JobOptions): string {
  const isKubernetes = flags.length === 0;
  const document = {
    name,
    on: {
      pull_request: {
        branches: isKubernetes ? ['master'] : ['main', 'master'],
        ...(isKubernetes && { paths: kubernetesPaths }),
      },
    },
    permissions: { contents: 'read' },
    concurrency: { group: `${name}-$\{{ github.ref }}`, 'cancel-in-progress': true },
    jobs: {
      [name]: {
        'runs-on': 'ubuntu-latest',
        'timeout-minutes': 20,
        steps: [
          {
            // v5.0.0
            uses: 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8',
            with: { 'fetch-depth': 0, 'persist-credentials': false },
          },
          {
            uses: image,
            with: isKubernetes ? { repo: '.', previous: 'HEAD^1' } : { flags: `${flags.join('\n')}\n` },
          },
        ],
      },
    },
  };
  return formatYamlPage([{ comment, document }]);
}

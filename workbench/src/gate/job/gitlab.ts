import { quoteWord } from '../../output/quote-word.ts';
import { foreignCheckout } from './git-owner.ts';
import type { JobOptions } from './job-options.ts';
import { formatYamlPage } from './yaml-page.ts';

const comment = `
A job of GitLab CI. Add it to .gitlab-ci.yml, or save it as a file that .gitlab-ci.yml includes.

It runs in pipelines of merge requests, fails with exit code 1 if an endpoint is missing a test or not yet proven and
with 3 if it cannot tell, and shows each endpoint in the test report of the merge request.

Change before use:
  changes       where the OpenAPI document or the CRDs are, and the lists
  --previous    CI_MERGE_REQUEST_DIFF_BASE_SHA is the commit that the merge request started from; GIT_DEPTH 0 brings
                the history and the tags
`;

const kubernetesFlags = '--repo . --previous "$CI_MERGE_REQUEST_DIFF_BASE_SHA"';
const kubernetesPaths = ['api/openapi-spec/**/*', 'test/conformance/testdata/**/*'];

/** Writes a job of GitLab CI. */
export function writeGitlabJob({ name, image, flags }: JobOptions): string {
  const isKubernetes = flags.length === 0;
  const given = isKubernetes ? kubernetesFlags : flags.map(quoteFlag).join(' ');
  const document = {
    [name]: {
      stage: 'test',
      image: { name: image, entrypoint: [''] },
      variables: { GIT_DEPTH: '0', ...foreignCheckout },
      rules: [
        {
          if: '$CI_PIPELINE_SOURCE == "merge_request_event"',
          ...(isKubernetes && { changes: kubernetesPaths }),
        },
      ],
      timeout: '20 minutes',
      interruptible: true,
      script: [`snoop gate ${given} --output junit=snoop-gate.xml --output json=snoop-gate.json`],
      artifacts: {
        when: 'always',
        expire_in: '30 days',
        paths: ['snoop-gate.json'],
        reports: { junit: 'snoop-gate.xml' },
      },
    },
  };
  return formatYamlPage([{ comment, document }]);
}

/** GitLab's own variables keep their meaning, everything else is a fixed word. */
function quoteFlag(flag: string): string {
  const isPlain = /^[\w./@+-][\w./@+=:,-]*$/.test(flag.replaceAll('$CI_', 'CI_'));
  if (!isPlain) return quoteWord(flag);
  return flag.includes('$') ? `"${flag}"` : flag;
}

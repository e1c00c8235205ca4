import { foreignCheckout } from './git-owner.ts';
import type { JobOptions } from './job-options.ts';
import { formatYamlPage } from './yaml-page.ts';

const comment = `
Jobs of Prow for kubernetes/kubernetes.
This file belongs into kubernetes/test-infra: config/jobs/kubernetes/sig-arch/snoop-gate.yaml

Change before use:
  cluster                 a build cluster that may pull the image
  testgrid-dashboards     an existing dashboard of config/testgrids
  testgrid-alert-email    the address to which a red periodic is reported
  CI_JOB                  a periodic job that uploads audit logs

The presubmit compares a pull request with the commit that it is merged into, so that it fails on the pull request that
adds an endpoint, or removes its test or its entry in a list, and on no other one. It reads the hits of the newest
successful CI run, and fails if there is none. It is optional: hits of a pull request's own tests are not known yet, so
a pull request that adds an endpoint together with its test is "not yet proven", which fails too. Set optional to false
if such pull requests may wait for a maintainer's /override.

The periodic judges the commit of the newest successful CI run by the audit logs of that run, and compares it with the
previous release. It also fails if it cannot tell: a missing or stale source is red, never green.
`;

const refs = { org: 'kubernetes', repo: 'kubernetes', base_ref: 'master', path_alias: 'k8s.io/kubernetes' };
const dashboard = 'sig-arch-conformance';
const auditJob = 'ci-kubernetes-audit-kind-conformance';

/** The gate needs 400 MB (`npm run bench -- gate`). Build clusters require limits equal to requests. */
const resources = { limits: { cpu: '1', memory: '2Gi' }, requests: { cpu: '1', memory: '2Gi' } };

/** Names the logs of the newest run in front of the flags. Without a run the job fails, as it could not see lost tests. */
const findRun = `set -eu
run=$(snoop find-audit-logs "https://storage.googleapis.com/kubernetes-ci-logs/logs/$CI_JOB")
commit=$(echo "$run" | head -n 1)
set -- --hits "$(echo "$run" | tail -n +2)" "$@"
`;

const presubmitScript = `${findRun}exec snoop gate --repo . --previous "$PULL_BASE_SHA" --hits-commit "$commit" \\
  --output "junit=$ARTIFACTS/junit_snoop_gate.xml" \\
  --output "json=$ARTIFACTS/snoop-gate.json" "$@"
`;

/**
 * The checkout belongs to another user, so the commit of the CI run is checked out in a copy that shares its objects. The
 * other end of `git clone` reads no configuration from variables, but a file that they name.
 */
const periodicScript = `${findRun}copy=$(mktemp -d)
export GIT_CONFIG_GLOBAL="$copy.gitconfig"
git config --global safe.directory '*'
git clone --quiet --shared --no-checkout . "$copy"
git -C "$copy" sparse-checkout set api/openapi-spec test/conformance/testdata
git -C "$copy" checkout --quiet "$commit"
exec snoop gate --repo "$copy" --hits-commit "$commit" --output "junit=$ARTIFACTS/junit_snoop_gate.xml" \\
  --output "json=$ARTIFACTS/snoop-gate.json" "$@"
`;

/** Writes a presubmit and a periodic job of Prow. */
export function writeProwJobs({ name, image, flags }: JobOptions): string {
  const presubmit = {
    name: `pull-kubernetes-${name}`,
    cluster: 'k8s-infra-prow-build',
    annotations: {
      'testgrid-dashboards': dashboard,
      'testgrid-tab-name': `pull-${name}`,
      description: 'New stable endpoints of a pull request have a conformance test, or are excused by a list',
    },
    always_run: false,
    optional: true,
    run_if_changed: '^(api/openapi-spec/|test/conformance/testdata/)',
    skip_branches: ['release-\\d+\\.\\d+'],
    max_concurrency: 10,
    path_alias: refs.path_alias,
    decorate: true,
    decoration_config: { timeout: '30m' },
    spec: podSpec(image, presubmitScript, flags, { CI_JOB: auditJob }),
  };
  const periodic = {
    name: `ci-kubernetes-${name}`,
    cluster: 'k8s-infra-prow-build',
    interval: '3h',
    annotations: {
      'testgrid-dashboards': dashboard,
      'testgrid-tab-name': name,
      'testgrid-alert-email': 'kubernetes-sig-arch-conformance-test-failures@googlegroups.com',
      'testgrid-num-failures-to-alert': '1',
      description: 'All new stable endpoints of master are hit by a conformance test in the newest CI run',
    },
    extra_refs: [refs],
    decorate: true,
    decoration_config: { timeout: '30m' },
    spec: podSpec(image, periodicScript, flags, { CI_JOB: auditJob }),
  };
  return formatYamlPage([
    { comment, document: { presubmits: { 'kubernetes/kubernetes': [presubmit] }, periodics: [periodic] } },
  ]);
}

function podSpec(image: string, script: string, flags: readonly string[], env: Record<string, string> = {}): object {
  const variables = Object.entries({ ...env, ...foreignCheckout }).map(([name, value]) => ({ name, value }));
  return {
    containers: [
      {
        image,
        command: ['/bin/bash'],
        // The flags are arguments of the script, so that the shell never parses them. The kubelet would expand $(NAME).
        args: ['-c', script, 'snoop-gate', ...flags.map(escapeReference)],
        env: variables,
        resources,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}

/** The kubelet replaces `$(NAME)` in arguments, and `$$` by `$`. */
export function escapeReference(text: string): string {
  return text.replaceAll('$', '$$$$');
}

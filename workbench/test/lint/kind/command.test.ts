import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command as kind } from '../../../src/cli/kind.ts';
import { runCommand } from '../../support/ask.ts';
import type { Said } from '../../support/ask.ts';
import { makeFolder } from '../../support/folder.ts';

/** Runs `snoop kind lint …` in a folder, without a process, and throws its errors. */
function snoopKindLint(cwd: string, ...args: string[]): Promise<Said> {
  return runCommand(kind, cwd, ['lint', ...args]);
}

const bad = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraMounts:
      - hostPath: ./policy.yaml
        containerPath: /etc/kubernetes/audit/policy.yaml
  - role: worker
kubeadmConfigPatches:
  - |
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
        audit-policy-file: /etc/kubernetes/audit/policy.yaml
`;

async function write(text: string): Promise<string> {
  const folder = await makeFolder();
  writeFileSync(join(folder, 'kind.yaml'), text);
  return folder;
}

test('prints each finding with its location and remedy, and exits with 1', async () => {
  const folder = await write(bad);
  const { exitCode, stdout, stderr } = await snoopKindLint(folder, 'kind.yaml');
  expect(stdout.replaceAll(folder, 'HERE')).toMatchInlineSnapshot(`
    "kind.yaml:4: warning: Only one node takes ordinary Pods, but conformance tests need two: some fail or are skipped. Add two with 'role: worker'. [few-workers]
    kind.yaml:6: error: ./policy.yaml does not exist: relative paths start from the folder where kind is called, here HERE. Docker then creates an empty folder there, owned by root, and mounts it. Create it first, or fix the path. [missing-path]
    kind.yaml:11: error: This ClusterConfiguration is only patched for kubeadm v1beta3. For Kubernetes 1.36 and newer kind uses v1beta4, and silently ignores the patch. Add the same for kubeadm.k8s.io/v1beta4 (extraArgs is a list of name and value there), or set --release. [patch-version]
    kind.yaml:11: error: --audit-webhook-config-file is missing: the apiserver sends no events. Set it to the path of a sink kubeconfig, as 'snoop sink' writes it. [no-sink]
    kind.yaml:15: error: /etc/kubernetes/audit/policy.yaml is not in the apiserver's container, which does not start without it: kubeadm mounts only /etc/kubernetes/pki of /etc/kubernetes. Mount it under /etc/kubernetes/pki/audit with extraMounts, or add it to extraVolumes of the apiServer. [not-mounted]
    1 file checked: 4 errors, 1 warning.
    "
  `);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
});

test('prints the same as JSON', async () => {
  const folder = await write(bad);
  const { exitCode, stdout } = await snoopKindLint(folder, 'kind.yaml', '--output', 'json');
  const { files, findings } = JSON.parse(stdout) as { files: string[]; findings: Record<string, unknown>[] };
  expect({ exitCode, files, rules: findings.map(({ line, severity, rule }) => `${line} ${severity} ${rule}`) }).toEqual(
    {
      exitCode: 1,
      files: ['kind.yaml'],
      rules: [
        '4 warning few-workers',
        '6 error missing-path',
        '11 error patch-version',
        '11 error no-sink',
        '15 error not-mounted',
      ],
    },
  );
});

test('--release selects the release, and warnings alone exit with 0', async () => {
  const right = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: { apiServerAddress: 0.0.0.0 }
kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
        audit-policy-file: /etc/kubernetes/pki/policy.yaml
        audit-webhook-config-file: /etc/kubernetes/pki/sink.yaml
        audit-webhook-batch-max-wait: 100ms
        audit-webhook-batch-throttle-enable: "false"
nodes:
  - role: control-plane
    extraMounts:
      - { hostPath: policy.yaml, containerPath: /etc/kubernetes/pki/policy.yaml }
      - { hostPath: sink.yaml, containerPath: /etc/kubernetes/pki/sink.yaml }
  - role: worker
  - role: worker
`;
  const folder = await write(right);
  writeFileSync(
    join(folder, 'policy.yaml'),
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n',
  );
  const cluster = 'clusters: [{ name: a, cluster: { server: "http://172.18.0.1:9900/events" } }]\n';
  const context = 'contexts: [{ name: a, context: { cluster: a } }]\ncurrent-context: a\n';
  writeFileSync(join(folder, 'sink.yaml'), `apiVersion: v1\nkind: Config\n${cluster}${context}`);
  const { exitCode, stdout } = await snoopKindLint(folder, 'kind.yaml', '--release', 'v1.37');
  expect(
    stdout
      .split('\n')
      .map((line) => /\S+: (?:error|warning).*|\d+ files.*/.exec(line)?.[0].replace(/: [A-Z].*\[/, ' [')),
  ).toEqual([
    'kind.yaml:3: warning [exposed]',
    'kind.yaml:10: warning [large-batches]',
    'sink.yaml:3: warning [plain-http]',
    '3 files checked: 3 warnings.',
    undefined,
  ]);
  expect(exitCode).toBe(0);
});

test.for<[args: string[], code: string]>([
  [[], 'wrong_use'],
  [['a.yaml', 'b.yaml'], 'wrong_use'],
  [['kind.yaml', '--releas', '1.36'], 'wrong_use'],
  [['kind.yaml', '--release', 'newest'], 'unknown_release'],
  [['kind.yaml', '--output', 'xml'], 'wrong_use'],
  [['gone.yaml'], 'no_file'],
  [['.'], 'no_file'],
])('%j is wrong use', async ([args, code]) => {
  const folder = await write(bad);
  await expect(snoopKindLint(folder, ...args)).rejects.toMatchObject({ code, exitCode: 2 });
});

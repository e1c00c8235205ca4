import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintKindConfig, type LintOptions } from '../../../src/lint/kind/lint.ts';
import { makeFolder } from '../../support/folder.ts';

const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n  - level: Metadata\n';

const sink = `apiVersion: v1
kind: Config
current-context: sink
contexts: [{ name: sink, context: { cluster: sink } }]
clusters:
  - name: sink
    cluster:
      server: http://127.0.0.1:9900/events
`;

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: auditlogger
spec:
  hostNetwork: true
  containers:
    - name: auditlogger
      image: localhost/snoop/auditlogger:0.1.0
      imagePullPolicy: Never
      args: [--listen, "127.0.0.1:9900"]
`;

const newer = `  - |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
        - name: audit-policy-file
          value: /etc/kubernetes/pki/audit/policy.yaml
        - name: audit-webhook-config-file
          value: /etc/kubernetes/pki/audit/sink.kubeconfig
        - name: audit-webhook-batch-max-wait
          value: 100ms
        - { name: audit-webhook-batch-max-size, value: "3" }
        - { name: audit-webhook-batch-throttle-qps, value: "2500" }
`;

const older = `  - |
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
        audit-policy-file: /etc/kubernetes/pki/audit/policy.yaml
        audit-webhook-config-file: /etc/kubernetes/pki/audit/sink.kubeconfig
        audit-webhook-batch-max-wait: 100ms
        audit-webhook-batch-max-size: "3"
        audit-webhook-batch-throttle-qps: "2500"
`;

const mounts = `    extraMounts:
      - hostPath: audit
        containerPath: /etc/kubernetes/pki/audit
        readOnly: true
      - hostPath: pod.yaml
        containerPath: /etc/kubernetes/manifests/snoop-auditlogger.yaml
        readOnly: true
`;

const head = 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nname: snoop\n';
const controlPlane = `  - role: control-plane\n${mounts}`;
const workers = '  - role: worker\n  - role: worker\n';

/** A correct configuration, in which each case breaks one thing. The newer patch has lines 6 to 17, the older 19 to 27, nodes start at 28. */
const right: Readonly<Record<string, string>> = {
  'kind.yaml': `${head}kubeadmConfigPatches:\n${newer}${older}nodes:\n${controlPlane}${workers}`,
  'audit/policy.yaml': policy,
  'audit/sink.kubeconfig': sink,
  'pod.yaml': pod,
};

type Edit = readonly [file: string, before: string | RegExp, after: string];

async function lint(edits: readonly Edit[], options: Partial<LintOptions> & { file?: string } = {}) {
  const folder = await makeFolder();
  const files: Record<string, string> = { ...right };
  for (const [file, before, after] of edits) {
    const text = files[file];
    files[file] = text === undefined ? after : text.replace(before, () => after);
    // A case whose edit changes nothing proves nothing.
    expect(files[file]).not.toBe(text);
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const cwd = options.cwd === undefined ? folder : join(folder, options.cwd);
  mkdirSync(cwd, { recursive: true });
  const { findings } = lintKindConfig(options.file ?? 'kind.yaml', { cwd, release: options.release ?? null });
  return findings.map(({ file, line, severity, rule, message }) => {
    const place = file === 'kind.yaml' ? '' : `${file.replace(`${folder}/`, '')}:`;
    return { short: `${place}${line} ${severity} ${rule}`, message: message.replaceAll(folder, 'HERE') };
  });
}

const shorten = (findings: Awaited<ReturnType<typeof lint>>): string[] => findings.map(({ short }) => short);

/** Edits in `kind.yaml`. */
const config = (before: string | RegExp, after: string): Edit => ['kind.yaml', before, after];

type Case = readonly [what: string, edits: readonly Edit[], findings: readonly string[], release?: string];

function check(cases: readonly Case[]): void {
  test.for([...cases])('%s', async ([, edits, findings, release]) => {
    expect(shorten(await lint(edits, { release: release ?? null }))).toEqual(findings);
  });
}

/** Adds a file. */
const file = (name: string, text: string): Edit => [name, '', text];

describe('a configuration', () => {
  check([
    ['that is correct', [], []],
    ['that is not YAML', [config('name: snoop', 'name: [snoop')], ['4 error no-yaml']],
    ['with a field twice', [config('name: snoop', 'name: a\nname: b')], ['4 error no-yaml']],
    ['with an anchor in itself', [config(/name: snoop[\s\S]*/, 'nodes: &a [*a]\n')], ['3 error no-yaml']],
    ['with a second document', [config(/$/, '---\nkind: Cluster\n')], ['40 error more-documents']],
    [
      'with merge keys and aliases',
      [config('  - role: worker\n  - role: worker', '  - &worker { role: worker }\n  - <<: *worker')],
      [],
    ],
  ]);
});

describe('a patch', () => {
  const noOlder = config(older, '');
  const noNewer = config(newer, '');
  check([
    ['for v1beta4 alone', [noOlder], ['6 error patch-version']],
    ['for v1beta4 alone, with a release of it', [noOlder], [], '1.36.3'],
    ['for v1beta4 alone, with an older release', [noOlder], ['6 error patch-version'], '1.35.0'],
    ['for v1beta3 alone', [noNewer], ['6 error patch-version']],
    ['for v1beta3 alone, with a release of it', [noNewer], [], '1.31.0'],
    ['for v1beta3 alone, with a newer release', [noNewer], ['6 error patch-version'], '1.36.0'],
    [
      'for v1beta3 alone, with an image tag of that release',
      [
        noNewer,
        config('role: control-plane', 'role: control-plane\n    image: kindest/node:v1.34.2@sha256:0123'),
        config(/- role: worker\n/g, '- role: worker\n    image: kindest/node:v1.34.2\n'),
      ],
      [],
    ],
    [
      'for v1beta3 alone, with an image of a newer one',
      [noNewer, config('role: control-plane', 'role: control-plane\n    image: my.host:5000/kind-node:v1.36.3')],
      ['6 error patch-version'],
    ],
    [
      'for v1beta3 alone, with an image tag without a release',
      [noNewer, config('role: control-plane', 'role: control-plane\n    image: my-node')],
      ['6 error patch-version'],
    ],
    ['for no version, as a mapping', [noNewer, config('    apiVersion: kubeadm.k8s.io/v1beta3\n', '')], []],
    [
      'without a version, as a list, with a release that needs one',
      [noOlder, config('    apiVersion: kubeadm.k8s.io/v1beta4\n', '')],
      [],
      '1.37.0',
    ],
    ['of an unknown version', [config('v1beta4', 'v1beta5')], ['6 error unknown-version', '19 error patch-version']],
    ['without a kind', [config('    kind: ClusterConfiguration\n', '')], ['6 error no-kind', '18 error patch-version']],
    [
      'of an unknown kind',
      [config('kind: ClusterConfiguration', 'kind: ClusterConfig')],
      ['6 error unknown-kind', '19 error patch-version'],
    ],
    [
      'for the kubelet, of another version',
      [config(newer, `${newer}  - |\n    apiVersion: kubelet.config.k8s.io/v1\n    kind: KubeletConfiguration\n`)],
      ['19 error unknown-version'],
    ],
    ['that is not YAML', [config('v1beta3\n', 'v1beta3: x\n')], ['6 error patch-version', '19 error no-yaml']],
    ['that differs between versions', [config('"2500"', '"3000"')], ['17 warning patches-differ']],
    [
      'with an additional flag for a newer version',
      [
        config(
          '        - name: audit-webhook-batch-max-wait',
          '        - name: profiling\n          value: "false"\n        - name: audit-webhook-batch-max-wait',
        ),
      ],
      ['14 warning patches-differ'],
    ],
    [
      'with an additional flag for an older version',
      [
        config(
          '        audit-webhook-batch-max-wait',
          '        profiling: "false"\n        audit-webhook-batch-max-wait',
        ),
      ],
      ['25 warning patches-differ'],
    ],
    ['whose versions differ, with one of them', [config('"2500"', '"3000"')], [], '1.36.3'],
    [
      'of v1beta4 with a mapping',
      [noOlder, config(newer, older.replace('v1beta3', 'v1beta4'))],
      ['10 error args-shape'],
      '1.36.3',
    ],
    [
      'with an argument without a name',
      [config('value: "2500" }', 'value: "2500" }\n        - { nam: audit-log-maxage, value: "1" }')],
      ['18 error args-shape'],
      '1.36.3',
    ],
    [
      'with an argument without a value',
      [config('value: "2500" }', 'value: "2500" }\n        - { name: audit-log-maxage, value: }')],
      ['18 warning args-empty'],
      '1.36.3',
    ],
    [
      'with a field that kubeadm does not know',
      [config('    apiServer:', '    apiserver: {}\n    apiServer:')],
      ['8 error unknown-field'],
      '1.36.3',
    ],
    [
      'with a field of the other version',
      [config('      extraArgs:', '      timeoutForControlPlane: 4m\n      extraArgs:')],
      ['9 error unknown-field'],
      '1.36.3',
    ],
    [
      'without audit flags',
      [config(newer, newer.replace(/- name[\s\S]*/, '- { name: profiling, value: "true" }\n')), noOlder],
      ['6 error no-audit'],
      '1.36.3',
    ],
    ['that is missing', [config(/kubeadmConfigPatches:[\s\S]*nodes:/, 'nodes:')], ['null error no-audit']],
    [
      'without audit flags in one version',
      [config(older, older.replace(/audit-policy[\s\S]*/, 'profiling: "true"\n'))],
      ['19 error no-audit'],
      '1.35.0',
    ],
  ]);

  check([
    [
      'that replaces a field',
      [
        config('name: snoop', 'name: snoop\nruntimeConfig: { api/beta: "true" }'),
        config(
          'name: audit-policy-file',
          'name: runtime-config\n          value: api/all=true\n        - name: audit-policy-file',
        ),
      ],
      ['11 warning overridden'],
      '1.36.3',
    ],
  ]);

  const patched = (node: string, kind: string): Edit =>
    config(node, `${node}\n    kubeadmConfigPatches:\n      - |\n        kind: ${kind}\n`);
  check([
    [
      'of the join on the first control plane',
      [patched('role: control-plane', 'JoinConfiguration')],
      ['32 error patch-elsewhere'],
    ],
    ['of the start on the first control plane', [patched('role: control-plane', 'InitConfiguration')], []],
    ['of the start on a worker', [patched('role: worker', 'InitConfiguration')], ['40 error patch-elsewhere']],
    ['of the join on a worker', [patched('role: worker', 'JoinConfiguration')], []],
    ['of the cluster on a worker', [patched('role: worker', 'ClusterConfiguration')], ['40 error patch-elsewhere']],
    ['of the kubelet on a worker', [patched('role: worker', 'KubeletConfiguration')], ['40 error patch-elsewhere']],
  ]);

  const operations = (version: string, path: string, value: string): Edit =>
    config(
      'kubeadmConfigPatches:\n',
      `kubeadmConfigPatchesJSON6902:\n  - group: kubeadm.k8s.io\n    version: ${version}\n    kind: ClusterConfiguration\n    patch: |\n      - { op: add, path: ${path}, value: ${value} }\nkubeadmConfigPatches:\n`,
    );
  const maxWait = '{ name: audit-webhook-batch-max-wait, value: 5m }';
  check([
    [
      'of operations, in a list',
      [operations('v1beta4', '/apiServer/extraArgs/-', maxWait)],
      ['9 warning slow-batches'],
      '1.36.3',
    ],
    [
      'of operations, in a mapping',
      [operations('v1beta3', '/apiServer/extraArgs/audit-webhook-batch-max-wait', '5m')],
      ['9 warning slow-batches'],
      '1.35.0',
    ],
    ['of operations for the other version', [operations('v1beta3', '/apiServer/extraArgs/-', maxWait)], [], '1.36.3'],
    [
      'of operations for only one version',
      [noOlder, operations('v1beta4', '/apiServer/extraArgs/-', maxWait)],
      ['9 warning slow-batches', '12 error patch-version'],
    ],
  ]);
});

describe('a path', () => {
  check([
    [
      'that is missing',
      [config('hostPath: pod.yaml', 'hostPath: gone.yaml')],
      ['34 error missing-path', 'audit/sink.kubeconfig:8 error nobody-there'],
    ],
    [
      'with a tilde',
      [config('- role: worker', '- role: worker\n    extraMounts: [{ hostPath: ~/x, containerPath: /x }]')],
      ['38 error missing-path'],
    ],
    [
      'of the whole machine that is missing',
      [
        config(
          '- role: worker',
          '- role: worker\n    extraMounts: [{ hostPath: /gone/1, containerPath: /x, readOnly: true }]',
        ),
      ],
      ['38 warning missing-path'],
    ],
    [
      'of a folder that will be created',
      [config('- role: worker', '- role: worker\n    extraMounts: [{ hostPath: /gone/1, containerPath: /x }]')],
      ['38 note missing-path'],
    ],
  ]);

  test('relative to the file, but not to the current folder', async () => {
    const findings = await lint([], { cwd: 'elsewhere', file: '../kind.yaml' });
    expect(findings.map(({ message }) => message)).toEqual([
      'audit is not in HERE/elsewhere, but in HERE: relative paths start from the folder where kind is called, not from this file. Call kind in HERE.',
      'pod.yaml is not in HERE/elsewhere, but in HERE: relative paths start from the folder where kind is called, not from this file. Call kind in HERE.',
    ]);
  });

  test('relative to a parent folder of the file', async () => {
    const findings = await lint([file('kind/kind.yaml', right['kind.yaml'] ?? '')], { cwd: 'kind', file: 'kind.yaml' });
    expect(findings.map(({ message }) => message)).toContain(
      'audit is not in HERE/kind, but in HERE: relative paths start from the folder where kind is called, not from this file. Call kind in HERE.',
    );
  });
});

describe('policy and sink', () => {
  const server = (url: string, more = ''): Edit => [
    'audit/sink.kubeconfig',
    'server: http://127.0.0.1:9900/events',
    `server: ${url}${more}`,
  ];
  const ofSink = (...findings: string[]): string[] => findings.map((finding) => `audit/sink.kubeconfig:${finding}`);
  check([
    [
      'a policy with an unknown field',
      [['audit/policy.yaml', 'rules:', 'omitStage: [RequestReceived]\nrules:']],
      ['audit/policy.yaml:3 error unknown-field'],
    ],
    ['a policy that is not YAML', [['audit/policy.yaml', 'rules:', 'rules']], ['audit/policy.yaml:4 error no-yaml']],
    [
      'a policy that is not in the folder',
      [config(/audit\/policy\.yaml/g, 'audit/rules.yaml')],
      ['10 error missing-file', '23 error missing-file'],
    ],
    ['a policy that is a folder', [config(/audit\/policy\.yaml/g, 'audit')], ['10 error missing-file'], '1.36.3'],
    ['a policy without its flag', [config(/.*audit-policy-file\n.*\n/, '')], ['6 error no-policy'], '1.36.3'],
    [
      'a policy with a relative path',
      [config('value: /etc/kubernetes/pki/audit/policy.yaml', 'value: policy.yaml')],
      ['10 error relative-path'],
      '1.36.3',
    ],
    [
      'a folder without a volume',
      [config(/\/etc\/kubernetes\/pki\/audit/g, '/etc/kubernetes/audit')],
      ['10 error not-mounted', '12 error not-mounted'],
      '1.36.3',
    ],
    [
      'a folder with a volume',
      [
        config(/\/etc\/kubernetes\/pki\/audit/g, '/etc/kubernetes/audit'),
        config(
          '      extraArgs:',
          '      extraVolumes: [{ name: audit, hostPath: /etc/kubernetes/audit, mountPath: /etc/kubernetes/audit }]\n      extraArgs:',
        ),
      ],
      [],
      '1.36.3',
    ],
    [
      'a folder without a mount',
      [config('containerPath: /etc/kubernetes/pki/audit', 'containerPath: /etc/kubernetes/pki/other')],
      ['10 error not-mounted', '12 error not-mounted'],
      '1.36.3',
    ],
    [
      'a Service of the cluster',
      [server('https://auditlogger.snoop.svc.cluster.local:9900/events')],
      ofSink('8 warning no-ca', '8 warning no-credentials', '8 error service-name'),
    ],
    [
      'a Service by its short name',
      [server('http://auditlogger:9900/events')],
      ofSink('8 warning plain-http', '8 warning service-name'),
    ],
    ['a node of the cluster by its name', [server('http://snoop-worker2:9900/events')], ofSink('8 warning plain-http')],
    [
      'the host of Docker Desktop',
      [server('http://host.docker.internal:9900/events')],
      ofSink('8 warning plain-http', '8 warning host-name'),
    ],
    [
      'a Pod by its address',
      [server('http://10.244.1.7:9900/events')],
      ofSink('8 warning plain-http', '8 warning pod-address'),
    ],
    ['an address beyond the cluster', [server('http://172.18.0.1:9900/events')], ofSink('8 warning plain-http')],
    [
      'https without credentials',
      [server('https://172.18.0.1:9900/events')],
      ofSink('8 warning no-ca', '8 warning no-credentials'),
    ],
    ['no static pod', [config(/ {6}- hostPath: pod[\s\S]*?readOnly: true\n/, '')], ofSink('8 error nobody-there')],
    ['another port', [server('http://127.0.0.1:9901/events')], ofSink('8 error other-port')],
    [
      'another port of the static pod',
      [['pod.yaml', '127.0.0.1:9900', '127.0.0.1:9800']],
      ofSink('8 error other-port'),
    ],
    ['a static pod that does not set its port', [['pod.yaml', '      args: [--listen, "127.0.0.1:9900"]\n', '']], []],
    ['a static pod with its own network', [['pod.yaml', '  hostNetwork: true\n', '']], ['29 error no-host-network']],
    ['a server without a path', [server('http://127.0.0.1:9900')], ofSink('8 error no-path')],
    [
      'a second control plane without the auditlogger',
      [
        config(
          workers,
          `  - role: control-plane\n    extraMounts: [{ hostPath: audit, containerPath: /etc/kubernetes/pki/audit }]\n${workers}`,
        ),
      ],
      ['37 error nobody-there'],
    ],
    ['a second control plane with it', [config(workers, `${controlPlane}${workers}`)], []],
    [
      'a second control plane without the files',
      [config(workers, `  - role: control-plane\n${workers}`)],
      ['10 error not-mounted', '12 error not-mounted', '37 error nobody-there'],
      '1.36.3',
    ],
  ]);
});

describe('a patch with a key twice', () => {
  check([
    [
      'counts the last one, as kind does',
      [config('    kind: ClusterConfiguration\n', '    kind: InitConfiguration\n    kind: ClusterConfiguration\n')],
      ['8 warning twice'],
    ],
  ]);

  test('reports which one counts', async () => {
    const [finding] = await lint([
      config(
        '        audit-webhook-batch-max-wait: 100ms\n',
        '        audit-webhook-batch-max-wait: 5s\n        audit-webhook-batch-max-wait: 100ms\n',
      ),
    ]);
    expect(finding).toMatchInlineSnapshot(`
      {
        "message": "audit-webhook-batch-max-wait is here twice, first in line 25: kind silently uses the last one. Remove one.",
        "short": "26 warning twice",
      }
    `);
  });
});

describe('audit files in the folder of static Pods', () => {
  const mount = (hostPath: string): Edit =>
    config(
      '      - hostPath: pod.yaml\n',
      `      - hostPath: ${hostPath}\n        containerPath: /etc/kubernetes/manifests/other.yaml\n      - hostPath: pod.yaml\n`,
    );
  check([
    ['a policy', [mount('audit/policy.yaml')], ['audit/policy.yaml:1 error audit-file-among-pods']],
    ['a sink', [mount('audit/sink.kubeconfig')], ['audit/sink.kubeconfig:1 error audit-file-among-pods']],
    [
      'a certificate',
      [mount('audit/ca.crt'), file('audit/ca.crt', '-----BEGIN CERTIFICATE-----\n')],
      ['audit/ca.crt:null error audit-file-among-pods'],
    ],
  ]);
});

describe('a static pod', () => {
  const change = (before: string | RegExp, after: string): Edit => ['pod.yaml', before, after];
  const more = (text: string): Edit => change(/$/, text);
  const ofPod = (...findings: string[]): string[] => findings.map((finding) => `pod.yaml:${finding}`);
  check([
    [
      'that is a Deployment',
      [change('v1\nkind: Pod', 'apps/v1\nkind: Deployment')],
      ['audit/sink.kubeconfig:8 error nobody-there', 'pod.yaml:2 error no-pod'],
    ],
    ['without a name', [change('name: auditlogger', 'labels: {}')], ofPod('4 error no-name')],
    [
      'that is not YAML',
      [change('spec:', 'spec')],
      ['audit/sink.kubeconfig:8 error nobody-there', 'pod.yaml:6 error no-yaml'],
    ],
    ['with a second document', [more('---\nkind: Pod\n')], ofPod('13 error more-documents')],
    ['with a Secret', [more('  volumes: [{ name: a, secret: { secretName: a } }]\n')], ofPod('12 error api-object')],
    ['with a ConfigMap', [more('      envFrom: [{ configMapRef: { name: a } }]\n')], ofPod('12 error api-object')],
    [
      'with a variable from a Secret',
      [more('      env: [{ name: A, valueFrom: { secretKeyRef: { name: a, key: a } } }]\n')],
      ofPod('12 error api-object'),
    ],
    [
      'with a variable from its own fields',
      [more('      env: [{ name: A, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }]\n')],
      [],
    ],
    [
      'with a token',
      [more('  volumes: [{ name: a, projected: { sources: [{ serviceAccountToken: { path: t } }] } }]\n')],
      ofPod('12 error api-object'),
    ],
    ['with a ServiceAccount', [more('  serviceAccountName: a\n')], ofPod('12 error api-object')],
    [
      'with a claim',
      [more('  volumes: [{ name: a, persistentVolumeClaim: { claimName: a } }]\n')],
      ofPod('12 error api-object'),
    ],
    [
      'with a path of the node',
      [more('  volumes: [{ name: a, hostPath: { path: /a } }, { name: b, emptyDir: {} }]\n')],
      [],
    ],
    [
      'that pulls always',
      [change('imagePullPolicy: Never', 'imagePullPolicy: Always')],
      ofPod('10 error pulls-always'),
    ],
    [
      'that pulls always by default',
      [change('auditlogger:0.1.0\n      imagePullPolicy: Never', 'auditlogger')],
      ofPod('9 error pulls-always'),
    ],
    [
      'that pulls always from a registry',
      [
        change(
          'localhost/snoop/auditlogger:0.1.0\n      imagePullPolicy: Never',
          'snoop/auditlogger:dev\n      imagePullPolicy: Always',
        ),
      ],
      ofPod('10 warning pulls-always'),
    ],
    ['that pulls a missing image', [change('imagePullPolicy: Never', 'imagePullPolicy: IfNotPresent')], []],
    [
      'in a folder that is not read',
      [config('manifests/snoop-auditlogger.yaml', 'manifests/snoop/auditlogger.yaml')],
      ['34 error not-read', 'audit/sink.kubeconfig:8 error nobody-there'],
    ],
    [
      'in a file that is not read',
      [config('manifests/snoop-auditlogger.yaml', 'manifests/.auditlogger.yaml')],
      ['34 error not-read', 'audit/sink.kubeconfig:8 error nobody-there'],
    ],
    [
      'in the place of another',
      [config('manifests/snoop-auditlogger.yaml', 'manifests/etcd.yaml')],
      ['34 error kubeadm-writes-there', 'audit/sink.kubeconfig:8 error nobody-there'],
    ],
    [
      'in a folder of them',
      [
        config(
          'hostPath: pod.yaml\n        containerPath: /etc/kubernetes/manifests/snoop-auditlogger.yaml\n        readOnly: true',
          'hostPath: pods\n        containerPath: /etc/kubernetes/manifests',
        ),
        file('pods/a.yaml', pod),
        file('pods/.b.yaml', ''),
      ],
      [],
    ],
  ]);
});

describe('nodes', () => {
  check([
    ['with one worker', [config('  - role: worker\n', '')], ['29 warning few-workers']],
    ['without a worker', [config(workers, '')], ['29 warning few-workers']],
    [
      'of two control planes, one worker',
      [config(workers, `${controlPlane}  - role: worker\n`)],
      ['29 warning few-workers'],
    ],
    [
      'with a control plane that runs Pods',
      [
        config('  - role: worker\n', ''),
        config('nodes:', '  - |\n    kind: InitConfiguration\n    nodeRegistration: { taints: [] }\nnodes:'),
      ],
      [],
    ],
    [
      'with an apiserver open to all',
      [config('name: snoop', 'networking: { apiServerAddress: 0.0.0.0 }')],
      ['3 warning exposed'],
    ],
    [
      'with a port open to all',
      [
        config(
          '- role: worker',
          '- role: worker\n    extraPortMappings: [{ containerPort: 80, hostPort: 80, listenAddress: 0.0.0.0 }]',
        ),
      ],
      ['38 warning exposed'],
    ],
    [
      'with a port without an address',
      [config('- role: worker', '- role: worker\n    extraPortMappings: [{ containerPort: 80, hostPort: 80 }]')],
      ['38 warning exposed'],
    ],
    [
      'with a port for this machine',
      [
        config(
          '- role: worker',
          '- role: worker\n    extraPortMappings: [{ containerPort: 80, hostPort: 80, listenAddress: 127.0.0.1 }]',
        ),
      ],
      [],
    ],
  ]);
});

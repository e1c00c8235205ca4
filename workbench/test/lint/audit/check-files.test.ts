import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listApiserverFlags } from '../../../src/sink/apiserver-flags.ts';
import { createCa } from '../../../src/sink/certificates.ts';
import { checkSinkFiles } from '../../../src/lint/audit/check-files.ts';
import { auditPolicy } from '../../../src/sink/policy.ts';
import { makeFolder } from '../../support/folder.ts';
import { snoopSink } from '../../support/sink.ts';

/** Writes files and checks the named ones; findings are `line severity rule`, in other files with their name. */
async function check(files: Readonly<Record<string, string>>, ...names: string[]): Promise<string[]> {
  return (await checkWhole(files, ...names)).map(({ short }) => short);
}

async function checkWhole(files: Readonly<Record<string, string>>, ...names: string[]) {
  const folder = await makeFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll('HERE', folder), { mode: 0o600 });
  }
  const wanted = names.length > 0 ? names : Object.keys(files).slice(0, 1);
  const { findings } = checkSinkFiles(wanted.map((name) => join(folder, name)));
  return findings.map(({ file, line, severity, rule, message }) => {
    const name = file.slice(folder.length + 1);
    const place = wanted.length === 1 && name === wanted[0] ? '' : `${name}:`;
    return { short: `${place}${line} ${severity} ${rule}`, message: message.replaceAll(folder, 'HERE') };
  });
}

const policy = (rules: string, more = ''): Record<string, string> => ({
  'policy.yaml': `apiVersion: audit.k8s.io/v1\nkind: Policy\n${more}rules:\n${rules}\n`,
});

describe('an audit policy', () => {
  test('accepts our own policies, of the local control plane and of kind', async () => {
    const kind = readFileSync(new URL('../../../../kind/audit/policy.yaml', import.meta.url), 'utf8');
    expect(await check({ 'policy.yaml': auditPolicy })).toEqual([]);
    expect(await check({ 'policy.yaml': kind })).toEqual([]);
  });

  // Line 4 is the first after 'rules:' if `more` is empty.
  test.for<[what: string, rules: string, more: string, findings: string[]]>([
    ['stages', '- level: Metadata', 'stages: [ResponseComplete]\n', ['3 error unknown-field']],
    ['stages of a rule', '- level: Metadata\n  stages: [Panic]', '', ['5 error unknown-field']],
    ['a typo', '- level: Metadata\n  namespace: [a]', '', ['5 error unknown-field']],
    [
      'a typo in resources',
      '- level: Metadata\n- level: None\n  users: [a]\n  resources:\n  - group: ""\n    resource: [pods]',
      '',
      ['5 warning hidden', '5 warning shadowed', '9 error unknown-field'],
    ],
    [
      'omitted ResponseComplete',
      '- level: Metadata',
      'omitStages: [RequestReceived, ResponseComplete]\n',
      ['3 error hidden-stage'],
    ],
    [
      'omitted ResponseStarted',
      '- level: Metadata',
      'omitStages:\n- RequestReceived\n- ResponseStarted\n',
      ['5 warning hidden-stage'],
    ],
    [
      'omitted ResponseComplete of a rule',
      '- level: Metadata\n  omitStages: [ResponseComplete]',
      '',
      ['5 error hidden-stage'],
    ],
    ['bodies', '- level: RequestResponse', '', ['4 warning bodies']],
    [
      'a hidden resource',
      '- level: None\n  resources:\n  - group: ""\n    resources: [events]\n- level: Metadata',
      '',
      ['4 error hidden'],
    ],
    ['everything hidden', '- level: None', '', ['4 error hidden']],
    ['hidden by user', '- level: None\n  users: ["system:kube-proxy"]\n- level: Metadata', '', ['4 warning hidden']],
    [
      'hidden probes',
      '- level: None\n  nonResourceURLs: ["/healthz*", "/readyz"]\n- level: Metadata',
      '',
      ['4 note hidden'],
    ],
    [
      'a hidden path',
      '- level: None\n  nonResourceURLs: ["/version", "/healthz*"]\n- level: Metadata',
      '',
      ['4 warning hidden'],
    ],
    ['no catch-all', '- level: Metadata\n  verbs: [create]', '', ['4 error no-catch-all']],
    [
      'a catch-all of two rules',
      '- level: Metadata\n  nonResourceURLs: ["*"]\n- level: Metadata\n  resources:\n  - group: "*"',
      '',
      [],
    ],
  ])('%s', async ([, rules, more, findings]) => {
    expect(await check(policy(rules, more))).toEqual(findings);
  });

  test.for<[what: string, earlier: string, later: string, isShadowed: boolean]>([
    ['everything', '', 'verbs: [get]', true],
    ['more verbs', 'verbs: [get, list]', 'verbs: [list]', true],
    ['other verbs', 'verbs: [get]', 'verbs: [get, list]', false],
    ['all verbs after some', 'verbs: [get]', 'users: [a]', false],
    [
      'all resources of a group',
      'resources: [{group: apps}]',
      'resources: [{group: apps, resources: [deployments]}]',
      true,
    ],
    ['all groups', 'resources: [{group: "*"}]', 'resources: [{group: batch, resources: [jobs]}]', true],
    ['another group', 'resources: [{group: apps}]', 'resources: [{group: batch}]', false],
    [
      'a subresource',
      'resources: [{group: "", resources: [pods]}]',
      'resources: [{group: "", resources: [pods/log]}]',
      false,
    ],
    [
      'all subresources',
      'resources: [{group: "", resources: ["pods/*"]}]',
      'resources: [{group: "", resources: [pods, pods/log]}]',
      true,
    ],
    [
      'one subresource of all',
      'resources: [{group: apps, resources: ["*/scale"]}]',
      'resources: [{group: apps, resources: [deployments/scale]}]',
      true,
    ],
    [
      'fewer names',
      'resources: [{group: "", resources: [pods], resourceNames: [a]}]',
      'resources: [{group: "", resources: [pods]}]',
      false,
    ],
    ['a namespace', 'namespaces: [a]', 'namespaces: [a, b]', false],
    ['namespaces', 'namespaces: [a, b]', 'resources: [{group: ""}]\n  namespaces: [b]', true],
    ['paths', 'nonResourceURLs: ["/api*"]', 'nonResourceURLs: ["/api/v1", "/apis"]', true],
    ['resources after paths', 'nonResourceURLs: ["*"]', 'resources: [{group: ""}]', false],
    ['paths after resources', 'resources: [{group: ""}]', 'nonResourceURLs: ["*"]', false],
  ])('first match: %s', async ([, earlier, later, isShadowed]) => {
    const rules = `- level: Metadata\n  ${earlier}\n- level: Metadata\n  ${later}\n- level: Metadata`;
    const findings = (await check(policy(rules))).filter((one) => one.startsWith('6 warning shadowed'));
    expect(findings).toHaveLength(isShadowed ? 1 : 0);
  });

  test('hidden events before a recording rule are an error', async () => {
    const rules = '- level: None\n  users: [a]\n- level: Metadata\n  users: [a]\n  verbs: [get]\n- level: Metadata';
    expect(await check(policy(rules))).toEqual(['4 warning hidden', '6 error shadowed']);
  });
});

const kubeconfig = (fields: { cluster?: string; user?: string; more?: string } = {}): string => `apiVersion: v1
kind: Config
${fields.more ?? 'current-context: a'}
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters:
- name: c
  cluster:
    ${fields.cluster ?? 'server: http://127.0.0.1:9900/events'}
users:
- name: u
  user:
    ${fields.user ?? '{}'}
`;

describe('a sink kubeconfig', () => {
  test.for<[what: string, fields: Parameters<typeof kubeconfig>[0], findings: string[]]>([
    ['for loopback', {}, []],
    ['a token over http', { user: 'token: abc' }, ['12 error credentials-over-http']],
    [
      'a certificate over http',
      { user: 'client-certificate: a\n    client-key: b' },
      ['12 error credentials-over-http'],
    ],
    ['http to elsewhere', { cluster: 'server: http://10.0.0.1:9900/events' }, ['8 warning plain-http']],
    ['a misspelt field', { more: 'current_context: a' }, ['3 error unknown-field']],
    [
      'a misspelt token file',
      { cluster: 'server: https://a/events', user: 'tokenfile: x' },
      ['8 warning no-ca', '12 error unknown-field', '12 warning no-credentials'],
    ],
    ['a host alone', { cluster: 'server: 127.0.0.1:9900' }, ['8 error bad-server']],
    ['a host by its name alone', { cluster: 'server: auditlogger:9900' }, ['8 error bad-server']],
    ['no path', { cluster: 'server: http://127.0.0.1:9900' }, ['8 error no-path']],
    ['another path', { cluster: 'server: http://127.0.0.1:9900/audit' }, ['8 warning odd-path']],
    ['a bad source', { cluster: 'server: http://127.0.0.1:9900/events/-x' }, ['8 error bad-source']],
    [
      'a Service',
      { cluster: 'server: http://auditlogger.apisnoop.svc/events' },
      ['8 warning plain-http', '8 warning service-name'],
    ],
    ['no credentials', { cluster: 'server: https://a/events' }, ['8 warning no-ca', '12 warning no-credentials']],
    [
      'no verification',
      { cluster: 'server: https://a/events\n    insecure-skip-tls-verify: true', user: 'token: abc' },
      ['9 warning insecure'],
    ],
    [
      'a missing file',
      { cluster: 'server: https://a/events\n    certificate-authority: ca.crt', user: 'tokenFile: /nowhere/token' },
      ['9 error missing-file', '13 warning missing-file'],
    ],
    [
      'a key without its certificate',
      { cluster: 'server: https://a/events', user: 'client-key: HERE/kubeconfig' },
      ['8 warning no-ca', '12 error half-a-pair'],
    ],
    [
      'a file that is not a certificate',
      {
        cluster: 'server: https://a/events',
        user: 'client-certificate: HERE/kubeconfig\n    client-key: HERE/kubeconfig',
      },
      ['8 warning no-ca', '12 error bad-certificate'],
    ],
    [
      'a token of two words',
      { cluster: 'server: https://a/events', user: 'token: a b' },
      ['8 warning no-ca', '12 error bad-token'],
    ],
    [
      'a password',
      { cluster: 'server: https://a/events', user: 'username: a\n    password: b' },
      ['8 warning no-ca', '12 warning other-credentials'],
    ],
  ])('%s', async ([, fields, findings]) => {
    expect(await check({ kubeconfig: kubeconfig(fields) })).toEqual(findings);
  });

  test('an unknown user', async () => {
    const text = kubeconfig().replace('user: u', 'user: x');
    expect(await check({ kubeconfig: text })).toEqual(['4 warning unknown-user']);
  });

  test('expired certificates, certificates not for clients, and a key of another certificate', async () => {
    const ca = await createCa(365);
    const other = await createCa(365);
    const names = ['127.0.0.1'];
    const old = await ca.issue({ commonName: 'old', usage: 'client', days: -0.01 });
    const soon = await ca.issue({ commonName: 'soon', usage: 'client', days: 5 });
    const server = await ca.issue({ commonName: 'server', usage: 'server', names, days: 365 });
    const look = async (certificate: string, key: string): Promise<string[]> => {
      const user = 'client-certificate: client.crt\n    client-key: client.key';
      const cluster = 'server: https://127.0.0.1/events\n    certificate-authority: ca.crt';
      const files = { 'client.crt': certificate, 'client.key': key, 'ca.crt': ca.certificate };
      return check({ kubeconfig: kubeconfig({ cluster, user }), ...files });
    };
    expect(await look(old.certificate, old.key)).toEqual(['13 error expired']);
    expect(await look(soon.certificate, soon.key)).toEqual(['13 warning expires-soon']);
    expect(await look(server.certificate, server.key)).toEqual(['13 error wrong-usage']);
    const client = await ca.issue({ commonName: 'client', usage: 'client', days: 365 });
    expect(await look(client.certificate, other.key)).toEqual(['14 error mismatching-pair']);
    expect(await look(client.certificate, 'none')).toEqual(['14 error bad-key']);
    expect(await look(client.certificate, client.key)).toEqual([]);
  });

  test('a secret that all users of the machine can read', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'kubeconfig');
    const text = kubeconfig({ cluster: 'server: https://a/events', user: 'token: abc' });
    writeFileSync(file, text, { mode: 0o644 });
    expect(checkSinkFiles([file]).findings.map(({ rule }) => rule)).toEqual(['readable-secret', 'no-ca']);
  });

  test("is compared with the auditlogger's certificate", async () => {
    const [ca, other] = [await createCa(365), await createCa(365)];
    const names = ['audit.example', '10.0.0.5'];
    const { certificate } = await ca.issue({ commonName: 'x', usage: 'server', names, days: 365 });
    const look = (server: string, ca: string, more = ''): Promise<string[]> =>
      check(
        {
          kubeconfig: kubeconfig({
            cluster: `server: ${server}\n    certificate-authority: ca.crt${more}`,
            user: 'token: abc',
          }),
          'server.crt': certificate,
          'ca.crt': ca,
        },
        'kubeconfig',
        'server.crt',
      );
    expect(await look('https://audit.example/events', ca.certificate)).toEqual([]);
    expect(await look('https://10.0.0.5:9900/events', ca.certificate)).toEqual([]);
    expect(await look('https://x/events', ca.certificate)).toEqual(['kubeconfig:8 error name-not-in-certificate']);
    const named = '\n    tls-server-name: audit.example';
    expect(await look('https://x/events', ca.certificate, named)).toEqual([]);
    expect(await look('https://audit.example/events', other.certificate)).toEqual(['kubeconfig:8 error other-ca']);
  });

  test('in a folder whose files do not match', async () => {
    const folder = await makeFolder();
    const write = (name: string, ...more: string[]) =>
      snoopSink(folder, name, '--server', 'https://a.example', '--token', ...more);
    await write('one');
    await write('two');
    writeFileSync(join(folder, 'one/auditlogger/token'), readFileSync(join(folder, 'two/auditlogger/token')));
    writeFileSync(join(folder, 'one/auditlogger/server.crt'), readFileSync(join(folder, 'two/auditlogger/server.crt')));
    const { exitCode, stdout } = await snoopSink(folder, 'check', 'one', '--output', 'json');
    expect(exitCode).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string }[] };
    expect(findings.map(({ rule }) => rule)).toEqual(['other-ca', 'other-token']);
  });
});

const flags = listApiserverFlags({ policy: 'HERE/policy.yaml', kubeconfig: 'HERE/sink.kubeconfig' });
const good = { 'policy.yaml': auditPolicy, 'sink.kubeconfig': kubeconfig() };

describe('flags of a kube-apiserver', () => {
  const without = (name: string): string[] => flags.filter((flag) => !flag.includes(name));

  test.for<[what: string, lines: string[], findings: string[]]>([
    ['our own', flags, []],
    ['a comment', ['# --audit-policy=x', ...flags], []],
    ['no batch wait', without('max-wait'), ['2 warning slow-batches']],
    ['a long batch wait', [...without('max-wait'), '--audit-webhook-batch-max-wait=1m30s'], ['8 warning slow-batches']],
    [
      'a wait as a separate word',
      [...without('max-wait'), '--audit-webhook-batch-max-wait 30s'],
      ['8 warning slow-batches'],
    ],
    ['blocking', [...without('mode'), '--audit-webhook-mode=blocking'], ['8 warning blocking']],
    ['blocking-strict', [...without('mode'), '--audit-webhook-mode=blocking-strict'], ['8 error blocking']],
    ['large batches', [...without('max-size'), '--audit-webhook-batch-max-size=4'], ['8 warning large-batches']],
    ['batches of any size', without('max-size'), ['2 warning large-batches']],
    ['truncation', [...flags, '--audit-webhook-truncate-enabled'], ['9 warning truncated']],
    [
      'truncation that hides what a long URI causes',
      [...flags, '--audit-webhook-truncate-enabled', '--audit-webhook-truncate-max-event-size=37748735'],
      ['10 warning truncated'],
    ],
    [
      'truncation beyond the largest event',
      [...flags, '--audit-webhook-truncate-enabled', '--audit-webhook-truncate-max-event-size=37748736'],
      [],
    ],
    ['no truncation', [...flags, '--audit-webhook-truncate-enabled=false'], []],
    ['a short back-off', [...flags, '--audit-webhook-initial-backoff=1s'], ['9 warning short-backoff']],
    ['a small buffer', [...without('buffer-size'), '--audit-webhook-batch-buffer-size=5'], ['8 error small-buffer']],
    ['a throttle', [...without('throttle-qps'), '--audit-webhook-batch-throttle-qps=1.5'], ['8 warning throttled']],
    [
      'no throttle',
      [
        ...without('throttle-qps'),
        '--audit-webhook-batch-throttle-qps=1',
        '--audit-webhook-batch-throttle-enable=false',
      ],
      [],
    ],
    ['a flag twice', [...flags, '--audit-webhook-mode=batch'], ['9 warning twice']],
    ['no policy', without('policy-file'), ['null error no-policy']],
    ['no sink', without('config-file'), ['null error no-sink']],
    [
      'a missing policy',
      [...without('policy-file'), '--audit-policy-file=/nowhere/p.yaml'],
      ['8 warning missing-file'],
    ],
    ['a relative path', [...without('policy-file'), '--audit-policy-file=p.yaml'], ['8 warning relative-path']],
    ['a log beside it', [...flags, '--audit-log-path=/var/log/audit.log', '--audit-log-maxage=1'], []],
  ])('%s', async ([, lines, findings]) => {
    expect(await check({ flags: `${lines.join('\n')}\n`, ...good })).toEqual(findings);
  });

  test('in a unit of systemd', async () => {
    const unit = `[Service]\nExecStart=/usr/bin/kube-apiserver \\\n  --v=2 \\\n  ${[...without('max-wait'), "--audit-webhook-batch-max-wait='30s'"].join(' \\\n  ')}\n`;
    expect(await check({ 'kube-apiserver.service': unit, ...good })).toEqual(['11 warning slow-batches']);
  });

  const handOn = (word: (flag: string) => string): string[] =>
    [...without('max-wait'), '--audit-webhook-batch-max-wait=30s'].map((flag) => word(flag.replace(/^--/, '')));
  const unit = (words: readonly string[]): string =>
    `[Service]\nExecStart=/usr/local/bin/k3s \\\n    server \\\n${words.map((word) => `  ${word} \\\n`).join('')}`;

  test.for<[what: string, name: string, text: string, findings: string[]]>([
    [
      'of k3s in a unit',
      'k3s.service',
      unit(handOn((flag) => `'--kube-apiserver-arg=${flag}'`)),
      ['11 warning slow-batches'],
    ],
    [
      'of k3s as its installer writes them',
      'k3s.service',
      unit(handOn((flag) => `'--kube-apiserver-arg' \\\n  '${flag}'`)),
      ['18 warning slow-batches'],
    ],
    [
      'in the configuration of k3s or rke2',
      'config.yaml',
      `write-kubeconfig-mode: "0644"\nkube-apiserver-arg:\n${handOn((flag) => `  - "${flag}"\n`).join('')}`,
      ['10 warning slow-batches'],
    ],
    [
      'as a text in it',
      'config.yaml',
      'kube-apiserver-arg: "audit-log-path=/var/log/audit.log"\n',
      ['null error no-sink', 'null error no-policy'],
    ],
    [
      'of minikube',
      'start.sh',
      `minikube start ${handOn((flag) => `--extra-config=apiserver.${flag}`).join(' \\\n  ')}\n`,
      ['8 warning slow-batches'],
    ],
    [
      'of minikube for other parts only',
      'start.sh',
      'minikube start --extra-config=kubelet.max-pods=20\n',
      ['null error unknown-file'],
    ],
    [
      'of k3s without audit flags',
      'k3s.service',
      unit(["'--kube-apiserver-arg=v=2'"]),
      ['null error no-sink', 'null error no-policy'],
    ],
  ])('%s', async ([, name, text, findings]) => {
    expect(await check({ [name]: text, ...good })).toEqual(findings);
  });

  test('named files are checked as well', async () => {
    const files = {
      flags: flags.join('\n'),
      'policy.yaml': 'kind: Policy\napiVersion: audit.k8s.io/v1\nstages: []\nrules: [{level: Metadata}]\n',
    };
    expect(await check({ ...files, 'sink.kubeconfig': kubeconfig({ user: 'token: abc' }) })).toEqual([
      'policy.yaml:3 error unknown-field',
      'sink.kubeconfig:12 error credentials-over-http',
    ]);
  });
});

describe('a configuration of a kube-apiserver', () => {
  const inside = listApiserverFlags({
    policy: '/etc/kubernetes/audit/policy.yaml',
    kubeconfig: '/etc/kubernetes/audit/sink.kubeconfig',
  });
  const manifest = (mounts: string, args = inside): string => `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver}
spec:
  containers:
  - name: kube-apiserver
    command:
    - kube-apiserver
${args.map((flag) => `    - ${flag}\n`).join('')}    volumeMounts:
    - {name: certs, mountPath: /etc/kubernetes/pki}
    ${mounts}
  volumes:
  - {name: certs, hostPath: {path: /etc/kubernetes/pki}}
  - {name: audit, hostPath: {path: HERE/audit}}
`;
  const audit = { 'audit/policy.yaml': auditPolicy, 'audit/sink.kubeconfig': kubeconfig() };

  test('a manifest with volumes', async () => {
    const mounted = manifest('- {name: audit, mountPath: /etc/kubernetes/audit}');
    expect(await check({ 'kube-apiserver.yaml': mounted, ...audit })).toEqual([]);
    const broken = { ...audit, 'audit/sink.kubeconfig': kubeconfig({ user: 'token: x' }) };
    expect(await check({ 'kube-apiserver.yaml': mounted, ...broken })).toEqual([
      'audit/sink.kubeconfig:12 error credentials-over-http',
    ]);
    expect(await check({ 'kube-apiserver.yaml': mounted })).toEqual([
      '9 warning missing-file',
      '10 warning missing-file',
    ]);
    expect(await check({ 'kube-apiserver.yaml': manifest(''), ...audit })).toEqual([
      '9 error not-mounted',
      '10 error not-mounted',
    ]);
  });

  test('a manifest whose sink names files that are not mounted', async () => {
    const mounted = manifest('- {name: audit, mountPath: /etc/kubernetes/audit}');
    const sink = kubeconfig({
      cluster: 'server: https://a/events\n    certificate-authority: /etc/audit/ca.crt',
      user: 'tokenFile: /etc/kubernetes/audit/token',
    });
    const files = { ...audit, 'audit/sink.kubeconfig': sink, 'audit/token': 'abc\n' };
    expect(await check({ 'kube-apiserver.yaml': mounted, ...files })).toEqual([
      'audit/sink.kubeconfig:9 error not-mounted',
    ]);
  });

  test('a manifest without audit flags', async () => {
    expect(await check({ 'kube-apiserver.yaml': manifest('', ['--v=2']) })).toEqual([
      'null error no-sink',
      'null error no-policy',
    ]);
  });

  const volumes = '  extraVolumes:\n  - {name: audit, hostPath: HERE/audit, mountPath: /etc/kubernetes/audit}\n';
  const asList = inside.map((flag) => {
    const [name, value] = flag.slice(2).split(/=(.*)/);
    return `  - name: ${name}\n    value: "${value}"\n`;
  });
  const asMapping = inside.map((flag) => `    ${flag.slice(2).replace('=', ': "')}"\n`);

  test("kubeadm's, as a list and as a mapping", async () => {
    const head = 'kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\napiServer:\n  extraArgs:\n';
    for (const args of [asList, asMapping]) {
      expect(await check({ 'kubeadm.yaml': head + args.join('') + volumes, ...audit })).toEqual([]);
      const blocking = args.join('').replace('"batch"', '"blocking"');
      const line = `${head}${blocking}`.split('\n').findIndex((text) => text.includes('webhook-mode')) + 1;
      expect(await check({ 'kubeadm.yaml': head + blocking + volumes, ...audit })).toEqual([
        `${line} warning blocking`,
      ]);
    }
    expect(await check({ 'kubeadm.yaml': head + asList.join(''), ...audit })).toEqual([
      '5 error not-mounted',
      '7 error not-mounted',
    ]);
  });

  test("kind's, through the mounts of its nodes", async () => {
    const kind = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
  extraMounts:
  - {hostPath: ./audit, containerPath: /audit}
  kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
${asMapping.map((line) => `    ${line}`).join('')}      extraVolumes:
      - {name: audit, hostPath: /audit, mountPath: /etc/kubernetes/audit}
`;
    expect(await check({ 'kind.yaml': kind, ...audit })).toEqual([]);
    expect(await check({ 'kind.yaml': kind.replace('"batch"', '"blocking"'), ...audit })).toEqual([
      '14 warning blocking',
    ]);
    expect(
      await check({ 'kind.yaml': kind.replace('containerPath: /audit', 'containerPath: /other'), ...audit }),
    ).toEqual(['12 error not-mounted', '13 error not-mounted']);
  });
});

test('every finding has effect and remedy; errors exit with 1', async () => {
  const folder = await makeFolder();
  const rules =
    'stages: [ResponseComplete]\nrules:\n- level: None\n  resources:\n  - group: ""\n    resources: [events]\n- level: Metadata\n';
  writeFileSync(join(folder, 'policy.yaml'), `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`);
  writeFileSync(join(folder, 'sink.kubeconfig'), kubeconfig({ user: 'token: abc' }), { mode: 0o600 });
  writeFileSync(
    join(folder, 'flags'),
    `--audit-policy-file=${folder}/policy.yaml\n--audit-webhook-config-file=${folder}/sink.kubeconfig\n`,
  );
  const { exitCode, stdout } = await snoopSink(folder, 'check', 'flags', 'policy.yaml');
  expect(exitCode).toBe(1);
  expect(`\n${stdout.replaceAll(folder, '/FOLDER')}`).toMatchInlineSnapshot(`
    "
    /FOLDER/flags:2: warning: --audit-webhook-batch-max-wait is not set (default 30s): events are up to 30 s late, and reports of live tests wait for them. Use --audit-webhook-batch-max-wait=100ms. [slow-batches]
    /FOLDER/flags:2: warning: A batch has up to 400 events, and any user can create events of 34 MiB with long URIs: a batch above 128 MiB is refused, and all its events are lost. Use --audit-webhook-batch-max-size=3 and --audit-webhook-batch-throttle-qps=3000. [large-batches]
    /FOLDER/policy.yaml:3: error: An audit policy has no field 'stages': it is ignored. Every stage is sent, except those in omitStages: 'omitStages: [RequestReceived]'. [unknown-field]
    /FOLDER/policy.yaml:5: error: Rule 1 (level None) hides events: their endpoints look as if they were never called. Remove the rule, or use 'level: Metadata'. [hidden]
    /FOLDER/sink.kubeconfig:12: error: The apiserver silently omits the token over http: the auditlogger answers 401 to all events. Use https in server (line 8). [credentials-over-http]
    3 files checked: 3 errors, 2 warnings.
    "
  `);
  const json = await snoopSink(folder, 'check', 'policy.yaml', '--output', 'json');
  expect([json.exitCode, JSON.parse(json.stdout)]).toMatchObject([
    1,
    {
      findings: [
        { line: 3, severity: 'error', rule: 'unknown-field' },
        { line: 5, severity: 'error', rule: 'hidden' },
      ],
    },
  ]);
});

test("finds files that are elsewhere in the apiserver's folder", async () => {
  const folder = await makeFolder();
  await snoopSink(folder, 'sink', '--server', 'https://a.example', '--mount-path', '/nowhere/audit');
  for (const name of ['sink', 'sink/apiserver']) {
    expect(await snoopSink(folder, 'check', name)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(': nothing is wrong'),
    });
  }
  await expect(snoopSink(folder, 'check', 'sink/ca')).rejects.toMatchObject({ code: 'no_file', exitCode: 2 });
});

test('reports other files, and files that are not YAML', async () => {
  expect(await check({ 'a.yaml': 'kind: Deployment\n' })).toEqual(['null error unknown-file']);
  expect(await check({ 'a.yaml': 'kind: Policy\nrules: [\n' })).toEqual(['3 error no-yaml']);
  expect(await check({ 'a.yaml': '' })).toEqual(['null error unknown-file']);
  expect(await check({ 'a.yaml': 'kind: Policy\nkind: Policy\n' })).toEqual(['2 error no-yaml']);
});

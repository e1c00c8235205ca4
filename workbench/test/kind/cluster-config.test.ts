import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { listApiserverFlags } from '../../src/sink/apiserver-flags.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Patch {
  readonly apiVersion: string;
  readonly kind: string;
  readonly apiServer: {
    readonly extraArgs: Readonly<Record<string, string>> | readonly { readonly name: string; readonly value: string }[];
  };
}

interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly?: boolean;
}

interface KindConfig {
  readonly name: string;
  readonly networking: Readonly<Record<string, unknown>>;
  readonly runtimeConfig: Readonly<Record<string, string>>;
  readonly kubeadmConfigPatches: readonly string[];
  readonly nodes: readonly { readonly role: string; readonly extraMounts?: readonly Mount[] }[];
}

function readYaml(path: string): unknown {
  return load(readFileSync(`${root}/${path}`, 'utf8'));
}

function readConfig(name: string): KindConfig {
  return readYaml(`kind/${name}.yaml`) as KindConfig;
}

/** The apiserver's flags of each patch, by its version of kubeadm's configuration. */
function readFlags({ kubeadmConfigPatches }: KindConfig): Record<string, Record<string, string>> {
  const patches = kubeadmConfigPatches.map((text) => load(text) as Patch);
  expect(patches.map(({ kind }) => kind)).toEqual(patches.map(() => 'ClusterConfiguration'));
  const flags = patches.map(({ apiVersion, apiServer: { extraArgs } }) => {
    const pairs = Array.isArray(extraArgs)
      ? extraArgs.map(({ name, value }) => [name, value])
      : Object.entries(extraArgs);
    return [apiVersion, Object.fromEntries(pairs)];
  });
  return Object.fromEntries(flags);
}

describe.each(['kind', 'ha'])('%s.yaml', (name) => {
  const config = readConfig(name);
  const flags = readFlags(config);

  test('has the same settings in both versions of kubeadm', () => {
    expect(Object.keys(flags)).toEqual(['kubeadm.k8s.io/v1beta4', 'kubeadm.k8s.io/v1beta3']);
    expect(flags['kubeadm.k8s.io/v1beta4']).toEqual(flags['kubeadm.k8s.io/v1beta3']);
  });

  test('makes the apiserver send as the local control plane does', () => {
    const local = listApiserverFlags({
      policy: '/etc/kubernetes/pki/audit/policy.yaml',
      kubeconfig: '/etc/kubernetes/pki/audit/sink.kubeconfig',
    });
    const lines = Object.entries(flags['kubeadm.k8s.io/v1beta4'] ?? {}).map(([flag, value]) => `--${flag}=${value}`);
    expect(lines).toEqual([...local, '--audit-webhook-initial-backoff=30s']);
    expect(config.runtimeConfig).toEqual({ 'api/all': 'true' });
  });

  test('opens only loopback addresses', () => {
    expect(config.networking.apiServerAddress).toBe('127.0.0.1');
    expect(JSON.stringify(config)).not.toContain('extraPortMappings');
  });

  test('mounts existing files, and the static Pods read-only', () => {
    const mounts = config.nodes.flatMap(({ extraMounts = [] }) => extraMounts);
    for (const { hostPath, containerPath, readOnly } of mounts) {
      expect(existsSync(`${root}/${hostPath}`), hostPath).toBe(true);
      expect(readOnly === true || containerPath === '/var/lib/snoop', containerPath).toBe(true);
    }
  });
});

test('kind.yaml has one control plane with everything beside its apiserver, and two workers', () => {
  const { name, nodes } = readConfig('kind');
  expect(name).toBe('snoop');
  expect(nodes.map(({ role, extraMounts = [] }) => [role, extraMounts.map((mount) => mount.containerPath)])).toEqual([
    [
      'control-plane',
      [
        '/etc/kubernetes/pki/audit',
        '/etc/kubernetes/manifests/snoop-snoopdb.yaml',
        '/etc/kubernetes/manifests/snoop-auditlogger.yaml',
      ],
    ],
    ['worker', []],
    ['worker', []],
  ]);
});

test('ha.yaml has an auditlogger beside each apiserver, and one SnoopDB for all', () => {
  const planes = readConfig('ha').nodes.filter(({ role }) => role === 'control-plane');
  const mounted = planes.map(({ extraMounts = [] }) => extraMounts.map(({ containerPath }) => containerPath));
  expect(planes).toHaveLength(3);
  for (const paths of mounted) {
    expect(paths).toContain('/etc/kubernetes/pki/audit');
    expect(paths).toContain('/etc/kubernetes/manifests/snoop-auditlogger.yaml');
  }
  expect(mounted.map((paths) => paths.includes('/etc/kubernetes/manifests/snoop-snoopdb.yaml'))).toEqual([
    true,
    false,
    false,
  ]);
  const shared = planes.map(
    ({ extraMounts = [] }) => extraMounts.find((mount) => mount.containerPath === '/var/lib/snoop')?.hostPath,
  );
  expect(shared).toEqual(['kind/shared', 'kind/shared', 'kind/shared']);
});

test('both configurations have the same settings for the apiserver', () => {
  expect(readFlags(readConfig('ha'))).toEqual(readFlags(readConfig('kind')));
});

test('the sink is the auditlogger beside the apiserver, and the file has no secret', () => {
  const sink = readYaml('kind/audit/sink.kubeconfig') as {
    clusters: { cluster: { server: string } }[];
    users: unknown[];
  };
  const pod = readYaml('manifests/kind/static-pods/auditlogger.yaml') as { spec: { containers: { args: string[] }[] } };
  const listen = pod.spec.containers[0]?.args.find((arg) => arg.startsWith('--listen='))?.replace('--listen=', '');
  expect(sink.clusters).toEqual([{ name: 'auditlogger', cluster: { server: `http://${listen}/events` } }]);
  expect(sink.users).toEqual([{ name: 'kube-apiserver' }]);
});

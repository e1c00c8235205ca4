import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { pods, readDockerfile, root, users } from './static-pod.ts';
import type { Container, StaticPod } from './static-pod.ts';

describe.each(Object.entries(pods))('the Pod of %s', (name, pod) => {
  const { metadata, spec } = pod;
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

  test('has the same names and labels as everything else', () => {
    expect([metadata.name, metadata.namespace]).toEqual([name, 'kube-system']);
    expect(metadata.labels).toMatchObject({
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/instance': 'snoop',
      'app.kubernetes.io/version': version,
      'app.kubernetes.io/component': expect.any(String),
      'app.kubernetes.io/part-of': 'snoop',
      'app.kubernetes.io/managed-by': 'static-pod',
    });
  });

  test('kubectl exec and kubectl logs use its server by default', () => {
    expect(metadata.annotations).toEqual({ 'kubectl.kubernetes.io/default-container': name });
    expect(spec.containers[0]?.name).toBe(name);
  });

  test('runs our images and never pulls them', () => {
    for (const { image, imagePullPolicy } of [...spec.initContainers, ...spec.containers]) {
      expect(image).toMatch(
        new RegExp(`^localhost/snoop/(snoopdb|auditlogger|workbench):${version.replaceAll('.', '\\.')}$`),
      );
      expect(imagePullPolicy).toBe('Never');
    }
  });

  test('requests no unneeded rights', () => {
    expect(spec).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of spec.containers) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: users[name as keyof typeof users],
        runAsGroup: users[name as keyof typeof users],
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    for (const { securityContext } of spec.initContainers) {
      expect(securityContext).toEqual({
        runAsUser: 0,
        runAsGroup: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'] },
      });
    }
  });

  test('runs as the user of its image', () => {
    const user = users[name as keyof typeof users];
    expect(readDockerfile(name).findLast((line) => line.startsWith('USER '))).toBe(`USER ${user}:${user}`);
  });
});

test("the auditlogger's delay and shutdown take less time than Docker gives a node", () => {
  const { containers, terminationGracePeriodSeconds } = pods.auditlogger.spec;
  const delay = containers[0]?.args?.find((arg) => arg.startsWith('--shutdown-delay='));
  const seconds = Number(/=(\d+)s$/.exec(delay ?? '')?.[1]);
  expect(seconds).toBeLessThan(10);
  expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(seconds + 10);
});

test('mounts what the scripts of SnoopDB need', () => {
  const assumed = (script: string): string[] => {
    const text = readFileSync(join(root, 'snoopdb/container', script), 'utf8');
    return [...text.matchAll(/\$\{\w+:-(\/(?:var|run)\/[^}]*)\}/g)].map(([, path]) => path ?? '');
  };
  const mounted = (container: Container | undefined): string[] =>
    (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  const { initContainers, containers } = pods.snoopdb.spec;
  expect(mounted(containers[0])).toEqual(
    expect.arrayContaining(assumed('start.sh').map((path) => path.replace('/pgpass', ''))),
  );
  expect(assumed('prepare.sh')).toEqual(mounted(pods.auditlogger.spec.initContainers[0]));
  expect(mounted(initContainers[0])).toEqual(['/var/lib/snoop']);
});

test('the workbench in the cluster uses its role, with the password of that role only', () => {
  const read = (file: string): string => readFileSync(join(root, 'manifests/kind', file), 'utf8');
  const { spec } = (load(read('workbench.yaml')) as { spec: { template: StaticPod } }).spec.template;
  const images = [...spec.initContainers, ...spec.containers];
  expect(images.map(({ name }) => name)).toEqual(['await-baseline', 'workbench']);
  for (const { env = [] } of images) {
    const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ PGUSER: 'snoop_workbench', PGPASSFILE: '/run/snoop-password/pgpass' });
    if (values.DATABASE_URL !== undefined) expect(new URL(values.DATABASE_URL).username).toBe('snoop_workbench');
  }
  const volumes = (loadAll(read('snoopdb-volumes.yaml')) as { spec: { hostPath?: { path: string } } }[]).flatMap(
    (one) => one.spec.hostPath?.path ?? [],
  );
  expect(volumes).toEqual(['/var/lib/snoop/run', '/var/lib/snoop/workbench']);
  const prepare = readFileSync(join(root, 'snoopdb/container/prepare.sh'), 'utf8');
  expect(prepare).toContain('hand_over workbench.pgpass workbench ');
});

test("the program with the owner's rights beside SnoopDB is in its image", () => {
  const owner = pods.snoopdb.spec.containers.find(({ name }) => name === 'owner');
  const script = (owner?.command?.[1] ?? '').replace('/app/', '');
  expect(readFileSync(join(root, script), 'utf8')).toContain('useNearestBaseline');
  expect(readDockerfile('workbench').some((line) => line.includes(` ${script} /built;`))).toBe(true);
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '@snoop/auditlogger';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  buildKustomization,
  buildOverlay,
  describe as nameOf,
  findTemplate,
  isDeployment,
  isNetworkPolicy,
  isService,
  kubectl,
  manifestsFolder,
  overlayNames,
} from './manifests/overlays.ts';
import type { Manifest } from './manifests/overlays.ts';

const project: { version: string } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

beforeEach((context) => {
  if (kubectl === null) context.skip('no kubectl on PATH: what kustomize makes of the manifests was not looked at');
});

describe.each(overlayNames)('%s', (name) => {
  test('every object and every Pod has the recommended labels', async () => {
    const manifests = await buildOverlay(name);
    const labelled = manifests.flatMap((one) => [
      { what: nameOf(one), labels: one.metadata.labels },
      ...(isDeployment(one) ? [{ what: `Pods of ${nameOf(one)}`, labels: one.spec?.template.metadata?.labels }] : []),
    ]);
    expect(labelled.length).toBeGreaterThan(5);
    for (const { what, labels } of labelled) {
      expect.soft(labels, what).toMatchObject({
        'app.kubernetes.io/name': expect.stringMatching(/^(snoop|snoopdb|auditlogger|workbench|live-tests)$/),
        'app.kubernetes.io/instance': 'snoop',
        'app.kubernetes.io/version': project.version,
        'app.kubernetes.io/component': expect.stringMatching(/^[a-z-]+$/),
        'app.kubernetes.io/part-of': 'snoop',
        'app.kubernetes.io/managed-by': 'kustomize',
      });
    }
  });

  test('a selector has no version, and finds its Pods', async () => {
    const manifests = await buildOverlay(name);
    for (const deployment of manifests.filter(isDeployment)) {
      const selector = deployment.spec?.selector.matchLabels ?? {};
      expect(Object.keys(selector)).toEqual(['app.kubernetes.io/instance', 'app.kubernetes.io/name']);
      expect(deployment.spec?.template.metadata?.labels).toMatchObject(selector);
    }
    for (const service of manifests.filter(isService)) {
      const found = findTemplate(manifests, service.spec?.selector?.['app.kubernetes.io/name'] ?? '');
      expect(found.metadata?.labels).toMatchObject(service.spec?.selector ?? {});
    }
    for (const { metadata, spec } of manifests.filter(isNetworkPolicy)) {
      const selector = spec?.podSelector?.matchLabels ?? {};
      const meant = selector['app.kubernetes.io/name'];
      if (meant === undefined) expect([metadata?.name, selector]).toEqual(['deny-all', {}]);
      else expect(findTemplate(manifests, meant).metadata?.labels).toMatchObject(selector);
    }
  });

  test('the workbench has the hostname of its former Pod, whose leftovers it removes', async () => {
    expect(findTemplate(await buildOverlay(name), 'workbench').spec?.hostname).toBe('workbench');
  });

  test('kubectl exec uses the container of the Deployment by default', async () => {
    for (const { metadata, spec } of (await buildOverlay(name)).filter(isDeployment)) {
      const { containers = [], initContainers = [] } = spec?.template.spec ?? {};
      expect(containers.map((container) => container.name)).toContain(metadata?.name);
      // The workbench always: people come in by kubectl exec, whatever a cluster puts beside it.
      if (containers.length + initContainers.length === 1 && metadata?.name !== 'workbench') continue;
      expect(spec?.template.metadata?.annotations).toMatchObject({
        'kubectl.kubernetes.io/default-container': metadata?.name,
      });
    }
  });

  test('images have this version, and are pulled only from a named registry', async () => {
    const containers = (await buildOverlay(name))
      .filter(isDeployment)
      .flatMap(({ spec }) => [
        ...(spec?.template.spec?.initContainers ?? []),
        ...(spec?.template.spec?.containers ?? []),
      ]);
    expect(containers.length).toBeGreaterThan(0);
    for (const { image = '', imagePullPolicy } of containers) {
      expect(image).toMatch(new RegExp(`/snoop/(auditlogger|workbench):${project.version.replaceAll('.', '\\.')}$`));
      expect([image.split('/')[0], imagePullPolicy]).toEqual(
        name === 'production, all components' ? ['images.example', 'IfNotPresent'] : ['localhost', 'Never'],
      );
    }
  });

  test('containers have requests, a memory limit, a probe and a read-only root file system', async () => {
    for (const { spec } of (await buildOverlay(name)).filter(isDeployment)) {
      for (const container of spec?.template.spec?.containers ?? []) {
        expect(container).toMatchObject({
          resources: {
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { memory: expect.any(String) },
          },
          readinessProbe: expect.any(Object),
          securityContext: { readOnlyRootFilesystem: true },
        });
      }
    }
  });

  test('no Secret, and nothing that looks like one', async () => {
    const manifests = await buildOverlay(name);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(JSON.stringify(manifests)).not.toMatch(/PRIVATE KEY|"(password|token)":"|postgres(ql)?:\/\/[^@"]*:[^@"]*@/i);
  });
});

describe('production: the auditlogger', () => {
  /** What the container is given in its environment; values of Secrets are made up. */
  function readEnvironment(manifests: readonly Manifest[]): Record<string, string> {
    const [container] = findTemplate(manifests, 'auditlogger').spec?.containers ?? [];
    return Object.fromEntries(
      (container?.env ?? []).map(({ name, value, valueFrom }) => [
        name,
        valueFrom?.secretKeyRef ? 'postgresql://apisnoop@database.example/apisnoop' : (value ?? ''),
      ]),
    );
  }

  test.for([
    ['production', { clientCaFile: null }, '/run/snoop/senders/token'],
    ['production, client certificates', { clientCaFile: '/run/snoop/senders/ca.crt' }, null],
  ] as const)(
    '%s: the program accepts its settings, with TLS and authenticated senders',
    async ([name, tls, tokenFile]) => {
      const config = readConfig([], readEnvironment(await buildOverlay(name)), false);
      expect(config).toMatchObject({
        listen: { host: '0.0.0.0', port: 9900 },
        metricsListen: { host: '0.0.0.0', port: 9901 },
        source: 'production',
        logFormat: 'json',
        tls: { certFile: '/run/snoop/tls/tls.crt', keyFile: '/run/snoop/tls/tls.key', ...tls },
        tokenFile,
        insecure: false,
      });
    },
  );

  test('the program has every variable SNOOP_…', async () => {
    const help = readConfig(['--help'], {}, false);
    const names = Object.keys(readEnvironment(await buildOverlay('production, client certificates')));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) expect(help).toContain(name);
  });

  test('two replicas: an update waits for the next one, a drain leaves one, and the grace period suffices for the program', async () => {
    const manifests = await buildOverlay('production');
    const deployment = manifests.filter(isDeployment).find(({ metadata }) => metadata?.name === 'auditlogger');
    expect(deployment?.spec).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
    expect(manifests.find(({ kind }) => kind === 'PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } });
    const template = findTemplate(manifests, 'auditlogger').spec;
    const [container] = template?.containers ?? [];
    const programEndsWithinS = 10;
    expect(template?.terminationGracePeriodSeconds).toBeGreaterThan(
      programEndsWithinS + (container?.lifecycle?.preStop?.sleep?.seconds ?? 0),
    );
    expect([container?.readinessProbe?.httpGet, container?.livenessProbe?.httpGet]).toEqual([
      { path: '/readyz', port: 'https', scheme: 'HTTPS' },
      { path: '/healthz', port: 'https', scheme: 'HTTPS' },
    ]);
  });

  test('its address is in one place, which the certificate uses', async () => {
    const manifests = await buildOverlay('production, cert-manager');
    const address = manifests.filter(isService)[0]?.spec?.clusterIP;
    expect(manifests.find(({ kind }) => kind === 'Certificate')).toMatchObject({ spec: { ipAddresses: [address] } });
    const text = await readFile(join(manifestsFolder, 'production/address.yaml'), 'utf8');
    expect(text).toContain(`clusterIP: ${address}\n`);
  });
});

test('one more namespace for live tests: everything has the new name, and the author is still the workbench', async () => {
  const manifests = await buildKustomization({
    namespace: 'more-tests',
    resources: [join(manifestsFolder, 'base/live-tests')],
  });
  expect(manifests.map((one) => [one.kind, one.metadata.namespace ?? one.metadata.name]).sort()).toEqual([
    ['LimitRange', 'more-tests'],
    ['Namespace', 'more-tests'],
    ['ResourceQuota', 'more-tests'],
    ['RoleBinding', 'more-tests'],
  ]);
  for (const { metadata } of manifests) {
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/version': project.version });
  }
  expect(manifests.find(({ kind }) => kind === 'RoleBinding')).toMatchObject({
    subjects: [{ kind: 'ServiceAccount', name: 'workbench', namespace: 'snoop' }],
  });
});

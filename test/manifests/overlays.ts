import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAllYaml } from '@kubernetes/client-node';
import type {
  KubernetesObject,
  V1Deployment,
  V1NetworkPolicy,
  V1PodTemplateSpec,
  V1Service,
} from '@kubernetes/client-node';
import { findProgram, runWell } from './programs.ts';

export const manifestsFolder = fileURLToPath(new URL('../../manifests', import.meta.url));

/** null: nothing here can build them. */
export const kubectl = findProgram('kubectl');

export type Manifest = KubernetesObject & {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** As kustomize printed it: what was read of it knows only the fields that the client knows, some by other names. */
  readonly text: string;
};

/** Everything that is meant to be applied, alone or with the optional parts. */
export const overlays = {
  kind: { resources: ['kind'], components: [] },
  production: { resources: ['production'], components: [] },
  'production, client certificates': {
    resources: ['production'],
    components: ['production/components/client-certificates'],
  },
  'production, cert-manager': { resources: ['production'], components: ['production/components/cert-manager'] },
  'production, all components': {
    resources: ['production'],
    components: [
      'components/registry',
      'production/components/cert-manager',
      'production/components/client-certificates',
      'components/monitoring',
    ],
  },
} as const;
export type OverlayName = keyof typeof overlays;
export const overlayNames = Object.keys(overlays).filter((name): name is OverlayName => name in overlays);

const built = new Map<string, Promise<readonly Manifest[]>>();

/** What `kubectl kustomize` makes of an overlay, as a person's own kustomization that names it would; built once. */
export function buildOverlay(name: OverlayName, more: Record<string, unknown> = {}): Promise<readonly Manifest[]> {
  const key = JSON.stringify([name, more]);
  const known = built.get(key) ?? buildAnew(name, more);
  built.set(key, known);
  return known;
}

async function buildAnew(name: OverlayName, more: Record<string, unknown>): Promise<readonly Manifest[]> {
  const { resources, components } = overlays[name];
  const paths = (list: readonly string[]): string[] => list.map((path) => join(manifestsFolder, path));
  return buildKustomization({ ...more, resources: paths(resources), components: paths(components) });
}

/** Builds a kustomization with absolute paths in it, which are made relative: others are not allowed. */
export async function buildKustomization(
  given: { resources: readonly string[]; components?: readonly string[] } & Record<string, unknown>,
): Promise<Manifest[]> {
  if (kubectl === null) throw new Error('There is no kubectl on PATH.');
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-overlay-')));
  const near = (paths: readonly string[]): string[] => paths.map((path) => relative(folder, path));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      ...given,
      resources: near(given.resources),
      components: near(given.components ?? []),
    };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const printed = await runWell(kubectl, ['kustomize', folder]);
    return printed.split(/^---\n/m).map((text) => ({ ...loadAllYaml(text)[0], text }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const isDeployment = (one: Manifest): one is Manifest & V1Deployment => one.kind === 'Deployment';
export const isService = (one: Manifest): one is Manifest & V1Service => one.kind === 'Service';
export const isNetworkPolicy = (one: Manifest): one is Manifest & V1NetworkPolicy => one.kind === 'NetworkPolicy';

/** `Deployment auditlogger` */
export const describe = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** @throws Error when there is none */
export function findTemplate(manifests: readonly Manifest[], name: string): V1PodTemplateSpec {
  const found = manifests.filter(isDeployment).find(({ metadata }) => metadata?.name === name);
  if (found?.spec) return found.spec.template;
  throw new Error(`There is no Deployment ${name}.`);
}

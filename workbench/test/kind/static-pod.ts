import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** The project's root. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly imagePullPolicy: string;
  readonly securityContext: {
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly runAsNonRoot?: boolean;
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
  };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface StaticPod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly hostNetwork: boolean;
    readonly automountServiceAccountToken: boolean;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: { readonly seccompProfile: { readonly type: string } };
    readonly initContainers: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
  };
}

function readStaticPod(name: 'snoopdb' | 'auditlogger'): StaticPod {
  return load(readFileSync(join(root, `manifests/kind/static-pods/${name}.yaml`), 'utf8')) as StaticPod;
}

/** Reads the instructions of the last stage of an image's Dockerfile; continued lines are joined. */
export function readDockerfile(name: string): string[] {
  const text = readFileSync(join(root, name === 'snoopdb' ? 'snoopdb/Dockerfile' : 'Dockerfile'), 'utf8');
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const stage = lines.indexOf(`FROM scratch AS ${name}`);
  const next = lines.findIndex((line, index) => index > stage && line.startsWith('FROM '));
  return stage === -1 || next === -1 ? lines : lines.slice(0, next);
}

/** Reads the words of an instruction of the last stage: `ENTRYPOINT`. */
export function readWords(dockerfile: readonly string[], instruction: string): string[] {
  const line = dockerfile.findLast((text) => text.startsWith(`${instruction} `)) ?? '';
  return JSON.parse(line.slice(line.indexOf('['))) as string[];
}

/** Translates a container's start to this machine: the same words with its paths. */
export interface LocalCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Translates a container's command to this machine: programs are in the repository, folders of the node below `node`.
 *
 * @param node the folder used as the node's root
 * @param fields filled in by the kubelet: `spec.nodeName`
 */
export function localize(
  pod: StaticPod,
  container: Container,
  node: string,
  fields: Readonly<Record<string, string>>,
): LocalCommand {
  const image = /\/(\w+):/.exec(container.image)?.[1] ?? '';
  const dockerfile = readDockerfile(image);
  const copied = dockerfile.flatMap((line) => {
    const [, from, to] = /^COPY (?:--\S+ )*(\S+\.sh) (\/usr\/local\/bin\/\S+)$/.exec(line) ?? [];
    return from !== undefined && to !== undefined ? [[to, join(root, from)] as const] : [];
  });
  const folders = container.volumeMounts.flatMap(({ name, mountPath }) => {
    const path = pod.spec.volumes.find((volume) => volume.name === name)?.hostPath?.path;
    return path === undefined ? [] : [[mountPath, join(node, path)] as const];
  });
  const places = [
    ...copied,
    ['/usr/local/bin/node', process.execPath] as const,
    ['/app/', `${root}/`] as const,
    // The longest first, so that none matches the beginning of another.
    ...folders.sort(([left], [right]) => right.length - left.length),
  ];
  const translate = (text: string): string => {
    for (const [from, to] of places) {
      for (const [wanted, instead] of [
        [from, to],
        [encodeURIComponent(from), encodeURIComponent(to)],
      ] as const) {
        if (text.includes(wanted)) return text.replace(wanted, instead);
      }
    }
    return text;
  };
  const words = [...(container.command ?? readWords(dockerfile, 'ENTRYPOINT')), ...(container.args ?? [])];
  const [program = '', ...args] = words.map(translate);
  const env = Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value === undefined ? (fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? '') : translate(value),
    ]),
  );
  const { runAsUser: uid, runAsGroup: gid } = container.securityContext;
  return { program, args, env, uid, gid };
}

export const pods = { snoopdb: readStaticPod('snoopdb'), auditlogger: readStaticPod('auditlogger') };

/** Filled in by the kubelet. */
export const nodeName = 'snoop-control-plane';

/** Users of the images, by name. */
export const users = { snoopdb: 10001, auditlogger: 10002, workbench: 10003 };

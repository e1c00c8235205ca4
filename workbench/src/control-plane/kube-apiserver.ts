import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { splitCertificates } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { httpGet, isHealthy } from '../http-request.ts';
import type { HttpResponse } from '../http-request.ts';
import { listAuditFlags } from './audit-config.ts';
import { listEtcdClientFlags } from './etcd.ts';
import { listKubeletFlags } from './kwok.ts';
import type { Layout } from './layout.ts';
import type { Part } from './part.ts';
import type { Ports } from './ports.ts';
import type { Program } from './programs/program.ts';

export function apiserverUrl(ports: Ports): string {
  return `https://127.0.0.1:${ports.apiserver}`;
}

export interface ApiserverOptions {
  readonly layout: Layout;
  readonly adminToken: string;
  readonly ports: Ports;
  readonly program: Program;
  readonly featureFlags: readonly string[];
  /** Without a controller manager there are no `default` ServiceAccounts, and admission would refuse every Pod. */
  readonly hasControllerManager: boolean;
  readonly hasNodes: boolean;
}

/**
 * Describes the kube-apiserver: on loopback, with RBAC, every API group, and its audit events sent to our
 * auditlogger.
 */
export function describeApiserver({
  layout,
  adminToken,
  ports,
  program,
  featureFlags,
  hasControllerManager,
  hasNodes,
}: ApiserverOptions): Part {
  return {
    name: 'kube-apiserver',
    program: program.path,
    args: [
      ...listEtcdClientFlags(layout, ports),
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.apiserver}`,
      // It must not need an address of the machine (a laptop may have no network), and endpoints may not be loopback
      // addresses.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--cert-dir=${layout.certs}`,
      `--token-auth-file=${layout.tokens}`,
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${layout.serviceAccountKey}`,
      `--service-account-signing-key-file=${layout.serviceAccountKey}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--allow-privileged=true',
      '--runtime-config=api/all=true',
      ...featureFlags,
      ...(hasControllerManager ? [] : ['--disable-admission-plugins=ServiceAccount']),
      ...(hasNodes ? listKubeletFlags(layout) : []),
      ...listAuditFlags(layout),
    ],
    env: {},
    logFile: layout.log('kube-apiserver'),
    isReady: async () => {
      const ca = readApiserverCa(layout);
      return ca !== null && isHealthy(`${apiserverUrl(ports)}/readyz`, { ca, token: adminToken });
    },
    startTimeoutMs: 180_000,
    stopTimeoutMs: 15_000,
  };
}

/** Reads the apiserver's CA certificate as PEM; null before the apiserver has created it. */
export function readApiserverCa(layout: Layout): string | null {
  let chain: string;
  try {
    chain = readFileSync(layout.apiserverCertificate, 'utf8');
  } catch {
    return null;
  }
  const ca = splitCertificates(chain).find((pem) => new X509Certificate(pem).ca);
  return ca === undefined ? null : `${ca}\n`;
}

/** Fetches the cluster's version, `1.36.3`. */
export async function fetchClusterVersion(layout: Layout, ports: Ports, token: string): Promise<string> {
  const { body } = await requestApiserver(layout, ports, token, '/version');
  const { gitVersion }: { gitVersion?: string } = JSON.parse(body);
  if (gitVersion === undefined)
    throw new SnoopError('bad_answer', 'The response of the apiserver at /version has no version.');
  return gitVersion.replace(/^v/, '');
}

/** Fetches the cluster's OpenAPI document. */
export async function fetchOpenApi(
  layout: Layout,
  ports: Ports,
  token: string,
): Promise<{ document: unknown; etag: string | null }> {
  const { body, headers } = await requestApiserver(layout, ports, token, '/openapi/v2');
  return { document: JSON.parse(body), etag: headers.etag ?? null };
}

async function requestApiserver(layout: Layout, ports: Ports, token: string, path: string): Promise<HttpResponse> {
  const ca = readApiserverCa(layout);
  const options = { token, accept: 'application/json', timeoutMs: 60_000, ...(ca === null ? {} : { ca }) };
  const answer = await httpGet(`${apiserverUrl(ports)}${path}`, options);
  if (answer.status === 200) return answer;
  throw new SnoopError(
    'bad_answer',
    `The apiserver answered ${answer.status} at ${path}: ${answer.body.slice(0, 200)}`,
  );
}

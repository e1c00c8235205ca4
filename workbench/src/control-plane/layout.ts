import { join } from 'node:path';

export const partNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'snoopdb',
  'auditlogger',
  'ui',
] as const;
/** A part of a control plane; the supervisor is not one. */
export type PartName = (typeof partNames)[number];

/** A certificate file and its key file. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The paths in a state folder; all are absolute. */
export interface Layout {
  readonly folder: string;
  readonly state: string;
  readonly kubeconfig: string;
  readonly logs: string;
  readonly certs: string;
  /** The apiserver creates it and appends its CA certificate. */
  readonly apiserverCertificate: string;
  /** The CA certificate alone; written when the apiserver is ready. */
  readonly ca: string;
  readonly controllerManagerCerts: string;
  readonly schedulerCerts: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  /** The token to ask the auditlogger why it stores nothing. */
  readonly statusToken: string;
  readonly controllerManagerKubeconfig: string;
  readonly schedulerKubeconfig: string;
  readonly kwokKubeconfig: string;
  /** Certificates of the parts for each other, new at every start. */
  readonly partCerts: string;
  /** Their CA certificate. */
  readonly partCa: string;
  readonly etcdServer: CertificateFiles;
  /** The kube-apiserver's client certificate for etcd, and for the kubelet of simulated nodes. */
  readonly etcdClient: CertificateFiles;
  readonly auditloggerServer: CertificateFiles;
  readonly kubeletServer: CertificateFiles;
  /** The bearer token for sending events. */
  readonly auditloggerToken: string;
  readonly auditPolicy: string;
  readonly auditSink: string;
  /** What the containers of simulated nodes answer. */
  readonly nodes: string;
  readonly etcd: string;
  readonly snoopdb: string;
  log(name: PartName | 'supervisor'): string;
}

/** @param folder absolute, from `resolveStateFolder` */
export function createLayout(folder: string): Layout {
  const certs = join(folder, 'certs');
  const partCerts = join(certs, 'parts');
  const partCertificate = (name: string): CertificateFiles => ({
    certificate: join(partCerts, `${name}.crt`),
    key: join(partCerts, `${name}.key`),
  });
  return {
    folder,
    state: join(folder, 'state.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    logs: join(folder, 'logs'),
    certs,
    apiserverCertificate: join(certs, 'apiserver.crt'),
    ca: join(certs, 'ca.crt'),
    controllerManagerCerts: join(certs, 'kube-controller-manager'),
    schedulerCerts: join(certs, 'kube-scheduler'),
    serviceAccountKey: join(certs, 'service-account.key'),
    tokens: join(certs, 'tokens.csv'),
    statusToken: join(certs, 'status-token'),
    controllerManagerKubeconfig: join(certs, 'kube-controller-manager.kubeconfig'),
    schedulerKubeconfig: join(certs, 'kube-scheduler.kubeconfig'),
    kwokKubeconfig: join(certs, 'kwok.kubeconfig'),
    partCerts,
    partCa: join(partCerts, 'ca.crt'),
    etcdServer: partCertificate('etcd'),
    etcdClient: partCertificate('etcd-client'),
    auditloggerServer: partCertificate('auditlogger'),
    kubeletServer: partCertificate('kubelet'),
    auditloggerToken: join(partCerts, 'auditlogger.token'),
    auditPolicy: join(folder, 'audit', 'policy.yaml'),
    auditSink: join(folder, 'audit', 'sink.kubeconfig'),
    nodes: join(folder, 'nodes'),
    etcd: join(folder, 'etcd'),
    snoopdb: join(folder, 'snoopdb'),
    log: (name) => join(folder, 'logs', `${name}.log`),
  };
}

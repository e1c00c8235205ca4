import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { explainSystemError, isLoopback, createFolders, toError, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { listApiserverFlags } from './apiserver-flags.ts';
import { type Ca, createCa, readCa } from './certificates.ts';
import { auditPolicy } from './policy.ts';
import { formatSinkKubeconfig, type SinkCredentials } from './sink-kubeconfig.ts';
import type { ServerAddress } from './server-address.ts';

export interface SinkOptions {
  /** The folder to write to. */
  readonly folder: string;
  readonly server: ServerAddress;
  /** How the apiserver authenticates. */
  readonly show: 'certificate' | 'token';
  /** More names for the auditlogger's certificate. */
  readonly names: readonly string[];
  /** Validity of certificates. */
  readonly days: number;
  /** Where the apiserver finds the folder `apiserver`; null: here, and the kubeconfig contains everything. */
  readonly mountPath: string | null;
  /** Replace existing files; the CA is kept unless `newCa`. */
  readonly force: boolean;
  readonly newCa: boolean;
}

/** What was written, and how to use it. */
export interface Sink {
  readonly folder: string;
  readonly server: string;
  readonly files: readonly string[];
  readonly ca: 'new' | 'kept' | null;
  /** ISO; null over plain HTTP. */
  readonly certificatesGoodUntil: string | null;
  readonly apiserverFlags: readonly string[];
  readonly auditloggerFlags: readonly string[];
}

/** A CA outlives its certificates several times, so that renewals need no new trust. */
const caDays = 5 * 366;

function createFolder(folder: string): void {
  try {
    createFolders(folder, 0o700);
  } catch (cause) {
    throw new SnoopError('no_folder', `The folder ${folder} cannot be created: ${explainSystemError(cause)}.`, {
      cause,
      exitCode: 2,
      advice: ['Use a writable folder: snoop sink out --server URL'],
    });
  }
}

/**
 * Writes a sink: `apiserver/` for the kube-apiserver's machine, `auditlogger/` for the auditlogger's, `ca/`
 * (the CA) to renew certificates.
 *
 * @throws SnoopError `files_exist` when it would overwrite files
 */
export async function writeSink(options: SinkOptions): Promise<Sink> {
  const { folder, server, show, mountPath } = options;
  const planned = server.isTls ? listFiles(show) : ['apiserver/policy.yaml', 'apiserver/sink.kubeconfig'];
  const existing = planned.filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0 && !options.force) {
    throw new SnoopError('files_exist', `${folder} already has ${existing.join(', ')}.`, {
      exitCode: 2,
      advice: ['Use --force to replace them and keep the CA, or use another folder.'],
    });
  }
  createFolder(folder);
  const files = new Map([['apiserver/policy.yaml', auditPolicy]]);
  const made = server.isTls ? await createCredentials(options, files) : null;
  const given = made === null ? null : createSinkCredentials(made.credentials, show, mountPath);
  files.set('apiserver/sink.kubeconfig', formatSinkKubeconfig(server.url, given));
  // Remove the files of the other credential, so that they are not mounted by mistake.
  const others = server.isTls ? listClientFiles(show === 'token' ? 'certificate' : 'token') : [];
  for (const name of others) rmSync(join(folder, name), { force: true });
  for (const [name, text] of files) {
    const file = join(folder, name);
    createFolders(dirname(file), 0o700);
    writeFileAtomically(file, text, /\.(crt|yaml)$/.test(name) ? 0o644 : 0o600);
  }
  const seenAt = mountPath ?? join(folder, 'apiserver');
  return {
    folder,
    server: server.url,
    files: [...files.keys()].sort(),
    ca: made?.ca ?? null,
    certificatesGoodUntil: made?.validUntil ?? null,
    apiserverFlags: listApiserverFlags({ policy: `${seenAt}/policy.yaml`, kubeconfig: `${seenAt}/sink.kubeconfig` }),
    auditloggerFlags: listAuditloggerFlags(join(folder, 'auditlogger'), server, show),
  };
}

function listFiles(show: SinkOptions['show']): string[] {
  return [
    ...['apiserver/policy.yaml', 'apiserver/sink.kubeconfig', 'apiserver/ca.crt', ...listClientFiles(show)],
    ...['auditlogger/server.crt', 'auditlogger/server.key', 'ca/ca.crt', 'ca/ca.key'],
  ];
}

function listClientFiles(show: SinkOptions['show']): string[] {
  if (show === 'token') return ['apiserver/token', 'auditlogger/token'];
  return ['apiserver/client.crt', 'apiserver/client.key', 'auditlogger/ca.crt'];
}

/** Adds certificates, keys and tokens to `files`. */
async function createCredentials(options: SinkOptions, files: Map<string, string>) {
  const { server, show, days } = options;
  const { ca, isNew } = await openCa(options);
  files.set('ca/ca.crt', ca.certificate).set('ca/ca.key', ca.key);
  files.set('apiserver/ca.crt', ca.certificate);
  // The loopback names are for requests on the auditlogger's machine.
  const names = [...new Set([server.host, ...options.names, 'localhost', '127.0.0.1'])];
  const served = await ca.issue({ commonName: 'auditlogger', usage: 'server', names, days });
  files.set('auditlogger/server.crt', served.certificate).set('auditlogger/server.key', served.key);
  const client = show === 'token' ? addToken(options.folder, files) : await addClient(ca, days, files);
  const validUntilMs = Math.min(ca.validUntil.getTime(), Date.now() + days * 86_400_000);
  const credentials: SinkCredentials = { kind: 'data', ca: ca.certificate, client };
  return {
    credentials,
    ca: isNew ? ('new' as const) : ('kept' as const),
    validUntil: new Date(validUntilMs).toISOString(),
  };
}

async function addClient(ca: Ca, days: number, files: Map<string, string>) {
  const { certificate, key } = await ca.issue({ commonName: 'kube-apiserver', usage: 'client', days });
  files.set('apiserver/client.crt', certificate).set('apiserver/client.key', key);
  files.set('auditlogger/ca.crt', ca.certificate);
  return { kind: 'certificate' as const, certificate, key };
}

/** The previous token stays valid until the next `--force`, so that apiservers can be changed one by one. */
function addToken(folder: string, files: Map<string, string>) {
  const token = randomBytes(32).toString('hex');
  const before = readIfThere(join(folder, 'auditlogger/token'))?.split('\n')[0]?.trim() ?? '';
  files.set('apiserver/token', `${token}\n`);
  files.set('auditlogger/token', `${[token, before].filter((line) => line !== '').join('\n')}\n`);
  return { kind: 'token' as const, token };
}

/** Reuses an existing CA, so that trust in it need not be changed. */
async function openCa(options: SinkOptions): Promise<{ ca: Ca; isNew: boolean }> {
  const certificate = readIfThere(join(options.folder, 'ca/ca.crt'));
  const key = readIfThere(join(options.folder, 'ca/ca.key'));
  if (certificate === null || key === null || options.newCa) {
    return { ca: await createCa(caDays), isNew: true };
  }
  try {
    const ca = await readCa({ certificate, key });
    if (ca.validUntil.getTime() > Date.now()) return { ca, isNew: false };
    throw new Error(`it expired on ${ca.validUntil.toISOString()}`);
  } catch (cause) {
    throw new SnoopError('bad_ca', `The CA in ${options.folder} cannot be used: ${toError(cause).message}.`, {
      advice: ['--force --new-ca creates a new one; then the auditlogger and all apiservers need their new files.'],
      cause,
    });
  }
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** The apiserver reloads certificates and tokens from named files. */
function createSinkCredentials(
  data: SinkCredentials,
  show: SinkOptions['show'],
  mountPath: string | null,
): SinkCredentials {
  if (mountPath === null) return data;
  return {
    kind: 'files',
    ca: `${mountPath}/ca.crt`,
    client:
      show === 'token'
        ? { kind: 'token', token: `${mountPath}/token` }
        : { kind: 'certificate', certificate: `${mountPath}/client.crt`, key: `${mountPath}/client.key` },
  };
}

function listAuditloggerFlags(folder: string, server: ServerAddress, show: SinkOptions['show']): string[] {
  const host = isLoopback(server.host) ? '127.0.0.1' : '0.0.0.0';
  const listen = `--listen=${server.host === '::1' ? '[::1]' : host}:${server.port}`;
  if (!server.isTls) return [listen, ...(isLoopback(server.host) ? [] : ['--insecure'])];
  return [
    listen,
    `--tls-cert-file=${join(folder, 'server.crt')}`,
    `--tls-key-file=${join(folder, 'server.key')}`,
    show === 'token' ? `--token-file=${join(folder, 'token')}` : `--client-ca-file=${join(folder, 'ca.crt')}`,
  ];
}

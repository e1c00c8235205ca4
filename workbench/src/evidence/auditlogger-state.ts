import { readFile } from 'node:fs/promises';
import { httpGet } from '../http-request.ts';

/** Where an auditlogger is, and what it wants to see before it gives reasons in full. */
export interface AuditloggerAddress {
  /** Without a path. */
  readonly url: string;
  /** The file with the certificate of its authority; null over plain HTTP. */
  readonly authority: string | null;
  /** The file with its status token; null: there is none, it names the kind of trouble only. */
  readonly tokenFile: string | null;
}

/** What an auditlogger says of itself. */
export interface AuditloggerState {
  /** Why it can store no events now; null: it can. */
  readonly trouble: string | null;
  /** null: it has no spool. */
  readonly spool: SpoolBacklog | null;
}

/** What the auditlogger keeps on disk for a database that was away; sizes in bytes. */
export interface SpoolBacklog {
  readonly bodies: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the oldest of them came, in milliseconds since 1970. */
  readonly oldestAt: number | null;
  /** Why they wait; null: they are being stored. */
  readonly reason: string | null;
  /** Those that the database refuses by themselves. */
  readonly refused: { readonly bodies: number; readonly reason: string } | null;
  /** Records that could not be read, kept in files of a folder. */
  readonly broken: { readonly files: number; readonly folder: string } | null;
}

/** It asks its database first, which takes up to two seconds. */
const answerWithinMs = 3000;

/** Asks an auditlogger how it is, by its `/readyz`; null: it does not answer, or is something else. */
export async function askAuditlogger(address: AuditloggerAddress): Promise<AuditloggerState | null> {
  try {
    const [ca, token] = await Promise.all([readIfThere(address.authority), readIfThere(address.tokenFile)]);
    const answer = await httpGet(new URL('/readyz', address.url).href, {
      ...(ca === null ? {} : { ca }),
      ...(token === null ? {} : { token: token.trim() }),
      accept: 'application/json',
      timeoutMs: answerWithinMs,
    });
    const said: unknown = JSON.parse(answer.body);
    if (!isRecord(said)) return null;
    const trouble =
      answer.status === 200 ? null : typeof said.reason === 'string' ? said.reason : 'it does not say why';
    return { trouble, spool: isRecord(said.spool) ? readBacklog(said.spool) : null };
  } catch {
    return null;
  }
}

/** Why the auditlogger can store no events now; null: it can. */
export async function probeAuditlogger(address: AuditloggerAddress): Promise<string | null> {
  const state = await askAuditlogger(address);
  return state === null ? 'it does not answer' : state.trouble;
}

async function readIfThere(file: string | null): Promise<string | null> {
  return file === null ? null : readFile(file, 'utf8').catch(() => null);
}

function readBacklog({
  bodies,
  bytes,
  maxBytes,
  oldestAt,
  reason,
  refused,
  broken,
}: Record<string, unknown>): SpoolBacklog {
  return {
    bodies: toNumber(bodies),
    bytes: toNumber(bytes),
    maxBytes: toNumber(maxBytes),
    oldestAt: typeof oldestAt === 'number' ? oldestAt : null,
    reason: typeof reason === 'string' ? reason : null,
    refused: isRecord(refused) ? { bodies: toNumber(refused.bodies), reason: String(refused.reason) } : null,
    broken: isRecord(broken) ? { files: toNumber(broken.files), folder: String(broken.folder) } : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

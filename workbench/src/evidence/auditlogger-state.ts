import { readFile } from 'node:fs/promises';
import { httpGet } from '../http-request.ts';

/** An auditlogger's address, and the token with which it gives reasons in full. */
export interface AuditloggerAddress {
  /** Without a path. */
  readonly url: string;
  /** The file with its CA certificate; null: plain HTTP. */
  readonly caFile: string | null;
  /** The file with its status token; null: it names only the kind of a problem. */
  readonly tokenFile: string | null;
}

export interface AuditloggerState {
  /** Why it cannot store events now; null: it can. */
  readonly trouble: string | null;
  /** null: it has no spool. */
  readonly spool: SpoolBacklog | null;
}

/** The bodies in an auditlogger's spool. */
export interface SpoolBacklog {
  readonly bodies: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Arrival of the oldest, in milliseconds since 1970. */
  readonly oldestAt: number | null;
  /** Why they wait; null: it is storing them. */
  readonly reason: string | null;
  /** Bodies that the database refuses. */
  readonly refused: { readonly bodies: number; readonly reason: string } | null;
  /** Files that could not be read. */
  readonly broken: { readonly files: number; readonly folder: string } | null;
}

/** It checks its database first, which takes up to two seconds. */
const answerWithinMs = 3000;

/** Reads an auditlogger's `/readyz`; null: no answer, or not an auditlogger's. */
export async function readAuditloggerState(address: AuditloggerAddress): Promise<AuditloggerState | null> {
  try {
    const [ca, token] = await Promise.all([readIfExists(address.caFile), readIfExists(address.tokenFile)]);
    const answer = await httpGet(new URL('/readyz', address.url).href, {
      ...(ca === null ? {} : { ca }),
      ...(token === null ? {} : { token: token.trim() }),
      accept: 'application/json',
      timeoutMs: answerWithinMs,
    });
    return parseAuditloggerState(answer);
  } catch {
    return null;
  }
}

/** Parses the JSON of `/readyz`; null: it is not an auditlogger's. @throws SyntaxError */
export function parseAuditloggerState({
  status,
  body: text,
}: {
  readonly status: number;
  readonly body: string;
}): AuditloggerState | null {
  const body: unknown = JSON.parse(text);
  if (!isRecord(body)) return null;
  const trouble = status === 200 ? null : typeof body.reason === 'string' ? body.reason : 'it gives no reason';
  return { trouble, spool: isRecord(body.spool) ? readBacklog(body.spool) : null };
}

/** Returns why the auditlogger cannot store events now; null: it can. */
export async function probeAuditlogger(address: AuditloggerAddress): Promise<string | null> {
  const state = await readAuditloggerState(address);
  return state === null ? 'it does not answer' : state.trouble;
}

async function readIfExists(file: string | null): Promise<string | null> {
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

/** What the auditlogger keeps on disk for a database that was away; sizes in bytes. */
export interface SpoolBacklog {
  readonly bodies: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the oldest of them came, in milliseconds since 1970. */
  readonly oldestAt: number | null;
  /** Why they wait; null: they are being stored. */
  readonly whyNot: string | null;
  /** Those that the database refuses by themselves. */
  readonly refused: { readonly bodies: number; readonly reason: string } | null;
  /** Records that could not be read, kept in files of a folder. */
  readonly broken: { readonly files: number; readonly folder: string } | null;
}

/** It asks its database first, which takes up to two seconds. */
const answerWithinMs = 3000;

/** Asks an auditlogger for its backlog; null: it has no spool, or does not say. */
export async function askBacklog(url: string): Promise<SpoolBacklog | null> {
  try {
    const answer = await fetch(new URL('/readyz', url), {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const said: unknown = await answer.json();
    if (!isRecord(said) || !isRecord(said.spool)) return null;
    const { bodies, bytes, maxBytes, oldestAt, whyNot, refused, broken } = said.spool;
    return {
      bodies: toNumber(bodies),
      bytes: toNumber(bytes),
      maxBytes: toNumber(maxBytes),
      oldestAt: typeof oldestAt === 'number' ? oldestAt : null,
      whyNot: typeof whyNot === 'string' ? whyNot : null,
      refused: isRecord(refused) ? { bodies: toNumber(refused.bodies), reason: String(refused.reason) } : null,
      broken: isRecord(broken) ? { files: toNumber(broken.files), folder: String(broken.folder) } : null,
    };
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

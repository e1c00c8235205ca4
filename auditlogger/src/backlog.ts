import type { DatabaseProblem } from '@snoop/snoopdb';

/** The bodies waiting in the spool. */
export interface Backlog {
  /** Bodies not committed yet. */
  readonly bodies: number;
  /** Size of the spool on disk. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the oldest was received, in milliseconds since 1970; null: none waits. */
  readonly oldestAt: number | null;
  /** Why they wait; null: they are being stored. */
  readonly reason: DatabaseProblem | null;
  /** Bodies that the database refuses individually; each is retried. */
  readonly refused: { readonly bodies: number; readonly reason: string } | null;
  /** Unreadable records, kept in files. */
  readonly broken: { readonly files: number; readonly folder: string } | null;
}

/** The backlog as `/readyz` and `snoop status` report it. */
export interface ReportedBacklog extends Omit<Backlog, 'reason'> {
  readonly reason: string | null;
}

/** @param withDetails whether the client may read details */
export function reportBacklog(backlog: Backlog, withDetails: boolean): ReportedBacklog {
  const { reason, refused, broken } = backlog;
  if (withDetails) return { ...backlog, reason: reason?.detail ?? null };
  return {
    ...backlog,
    reason: reason?.kind ?? null,
    refused: refused && { ...refused, reason: 'see the log' },
    broken: broken && { ...broken, folder: 'a folder named in the log' },
  };
}

/** Describes the backlog in lines of text; none when it is empty. */
export function describeBacklog(backlog: ReportedBacklog, now = Date.now()): string[] {
  const { bodies, bytes, maxBytes, oldestAt, reason, refused, broken } = backlog;
  const lines: string[] = [];
  if (bodies > 0) {
    const age = oldestAt === null ? '' : `, the oldest for ${Math.max(0, Math.round((now - oldestAt) / 1000))} s`;
    const state = reason === null ? 'being stored' : `waiting: ${reason}`;
    lines.push(`spool: ${count(bodies, 'body', 'bodies')} (${bytes} of ${maxBytes} bytes)${age}; ${state}`);
  }
  if (refused !== null) {
    lines.push(`spool: the database refuses ${count(refused.bodies, 'body', 'bodies')} of them: ${refused.reason}`);
  }
  if (broken !== null) {
    lines.push(`spool: ${count(broken.files, 'broken record', 'broken records')} kept in ${broken.folder}`);
  }
  return lines;
}

function count(number: number, singular: string, plural: string): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

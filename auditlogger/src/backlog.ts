import type { Trouble } from '@snoop/snoopdb';

/** What waits in the spool. */
export interface Backlog {
  /** Bodies that are not committed yet. */
  readonly bodies: number;
  /** What the spool takes on disk. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the oldest of them came, in milliseconds since 1970; null: none waits. */
  readonly oldestAt: number | null;
  /** Why they wait; null: they are being stored. */
  readonly whyNot: Trouble | null;
  /** Those that the database refuses by themselves; each is tried again. */
  readonly refused: { readonly bodies: number; readonly reason: string } | null;
  /** Records that could not be read, kept aside in files. */
  readonly broken: { readonly files: number; readonly folder: string } | null;
}

/** The same, as /readyz and `snoop status` tell it. */
export interface ToldBacklog extends Omit<Backlog, 'whyNot'> {
  readonly whyNot: string | null;
}

/** @param inFull whether who asks may read more than numbers and the kind of trouble */
export function tellBacklog(backlog: Backlog, inFull: boolean): ToldBacklog {
  const { whyNot, refused, broken } = backlog;
  if (inFull) return { ...backlog, whyNot: whyNot?.detail ?? null };
  return {
    ...backlog,
    whyNot: whyNot?.kind ?? null,
    refused: refused && { ...refused, reason: 'the log says why' },
    broken: broken && { ...broken, folder: 'a folder that the log names' },
  };
}

/** The backlog in lines for a person; none when there is nothing to tell. */
export function describeBacklog(backlog: ToldBacklog, now = Date.now()): string[] {
  const { bodies, bytes, maxBytes, oldestAt, whyNot, refused, broken } = backlog;
  const lines: string[] = [];
  if (bodies > 0) {
    const age = oldestAt === null ? '' : `, the oldest for ${Math.max(0, Math.round((now - oldestAt) / 1000))} s`;
    const state = whyNot === null ? 'being stored' : `waiting: ${whyNot}`;
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

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { explainSystemError, writeFileAtomically } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createStateFolder } from '../state-folder.ts';

/** tmux alone, or tmate, which can be reached through a server. */
export type SessionKind = 'local' | 'tmate';

/** The files of a state folder's shared session. */
export interface Place {
  /** `<state>/pair`, only accessible to its owner. */
  readonly folder: string;
  /** The unix socket of the tmux or tmate server. */
  readonly socket: string;
  readonly config: string;
  readonly paneScript: string;
  readonly record: string;
}

/** The stored state of a session, without its addresses: anyone who can read them can type. */
export interface SessionRecord {
  readonly format: 1;
  readonly kind: SessionKind;
  /** The path of tmux or tmate. */
  readonly program: string;
  /** null: the start has not finished, or was killed. */
  readonly server: ProcessIdentity | null;
  /** `host:port` of the tmate server; null: a local session. */
  readonly tmateServer: string | null;
  readonly workFolder: string;
  readonly authors: readonly string[];
  /** When its panes were opened; null: the start has not finished, or was killed. */
  readonly startedAt: string | null;
}

/** The limit is 107 bytes on Linux and 103 elsewhere (see unix(7)). */
const maxSocketPathBytes = 100;

/** Locates the session of a state folder; creates nothing. */
export function findPlace(stateFolder: string): Place {
  const folder = join(stateFolder, 'pair');
  const socket = join(folder, 'socket');
  return {
    folder,
    socket: Buffer.byteLength(socket) <= maxSocketPathBytes ? socket : join(locateShortFolder(stateFolder), 'socket'),
    config: join(folder, 'session.conf'),
    paneScript: join(folder, 'pane.sh'),
    record: join(folder, 'session.json'),
  };
}

function locateShortFolder(stateFolder: string): string {
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16);
  return join(tmpdir(), `snoop-pair-${process.getuid?.() ?? 0}-${name}`);
}

/**
 * Creates the folders, only accessible to this user: anyone who can open the socket can type.
 *
 * @throws SnoopError `no_place` when one cannot be created; `not_private` when other users can read it
 */
export function createPlace(place: Place): void {
  createStateFolder(dirname(place.folder));
  for (const folder of new Set([place.folder, dirname(place.socket)])) {
    createFolder(folder);
    if (isPrivate(folder)) continue;
    const { uid } = lstatSync(folder);
    const isOurs = process.getuid === undefined || uid === process.getuid();
    throw new SnoopError('not_private', `The shared session's folder ${folder} is open to other users.`, {
      advice: [
        isOurs
          ? `Restrict it: chmod 700 '${folder}'`
          : `It belongs to user ${uid}; use another state folder: --state DIR.`,
      ],
    });
  }
}

/** Whether a folder exists, is not a link, and only this user can access it: then its sockets are this user's. */
export function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return false;
  return (process.getuid === undefined || found.uid === process.getuid()) && (found.mode & 0o077) === 0;
}

function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SnoopError(
      'no_place',
      `The shared session's folder ${folder} cannot be created: ${explainSystemError(error)}.`,
      {
        advice: ['Use another state folder: --state DIR.'],
        cause: error,
      },
    );
  }
}

/** Writes the record atomically. */
export function writeRecord(place: Place, record: SessionRecord): void {
  writeFileAtomically(place.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** null: missing or incomplete. */
export function readRecord(place: Place): SessionRecord | null {
  try {
    const record: SessionRecord = JSON.parse(readFileSync(place.record, 'utf8'));
    return record.format === 1 ? record : null;
  } catch {
    return null;
  }
}

/** Removes the files of a session; the folder stays, for its lock. */
export function clearPlace(place: Place): void {
  for (const file of [place.record, place.config, place.paneScript, place.socket]) rmSync(file, { force: true });
  if (dirname(place.socket) !== place.folder) rmSync(dirname(place.socket), { recursive: true, force: true });
}

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { explainSystemError, writeFileAtomically } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createStateFolder } from '../state-folder.ts';

/** What the shared session is made of: tmux alone, or tmate, which can be reached through a server. */
export type SessionKind = 'local' | 'tmate';

/** Where the shared session of a state folder is; one session has one place. */
export interface Place {
  /** `<state>/pair`, for its owner only. */
  readonly folder: string;
  /** The unix socket of the tmux or tmate server. */
  readonly socket: string;
  readonly config: string;
  readonly paneScript: string;
  readonly record: string;
}

/** What is written down of a session. Its addresses are not: who may read them may type. */
export interface SessionRecord {
  readonly format: 1;
  readonly kind: SessionKind;
  /** The tmux or tmate program that it was started with. */
  readonly program: string;
  /** null: it is just being started, or the start was killed. */
  readonly server: ProcessIdentity | null;
  /** `host:port` of the tmate server; null: a local session. */
  readonly tmateServer: string | null;
  readonly workFolder: string;
  readonly authors: readonly string[];
  /** When its panes were open; null: they are not yet, or the start was killed. */
  readonly startedAt: string | null;
}

/** A socket's path may be 107 bytes long on Linux and 103 elsewhere (see unix(7)). */
const longestSocketPath = 100;

/** Where the session of a state folder is. Nothing is made. */
export function findPlace(stateFolder: string): Place {
  const folder = join(stateFolder, 'pair');
  const socket = join(folder, 'socket');
  return {
    folder,
    socket: Buffer.byteLength(socket) <= longestSocketPath ? socket : join(shortFolder(stateFolder), 'socket'),
    config: join(folder, 'session.conf'),
    paneScript: join(folder, 'pane.sh'),
    record: join(folder, 'session.json'),
  };
}

function shortFolder(stateFolder: string): string {
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16);
  return join(tmpdir(), `snoop-pair-${process.getuid?.() ?? 0}-${name}`);
}

/**
 * Makes the folders, for nobody but this user: who can open the socket can type.
 *
 * @throws SnoopError `no_place` when one cannot be made; `not_private` when somebody else may look into it
 */
export function makePlace(place: Place): void {
  createStateFolder(dirname(place.folder));
  for (const folder of new Set([place.folder, dirname(place.socket)])) {
    makeFolder(folder);
    if (isPrivate(folder)) continue;
    const { uid } = lstatSync(folder);
    const isOurs = process.getuid === undefined || uid === process.getuid();
    throw new SnoopError('not_private', `The shared session's folder ${folder} is open to other users.`, {
      advice: [
        isOurs
          ? `Close it: chmod 700 '${folder}'`
          : `It belongs to user ${uid}; use another state folder: --state DIR.`,
      ],
    });
  }
}

/** Whether a folder is there, is no link, and nobody else may look into it: what listens in it is then of this user. */
export function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return false;
  return (process.getuid === undefined || found.uid === process.getuid()) && (found.mode & 0o077) === 0;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SnoopError(
      'no_place',
      `The shared session's folder ${folder} cannot be made: ${explainSystemError(error)}.`,
      {
        advice: ['Use another state folder: --state DIR.'],
        cause: error,
      },
    );
  }
}

/** Writes down a session, for its owner only; the record is whole or the one of before. */
export function writeRecord(place: Place, record: SessionRecord): void {
  writeFileAtomically(place.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** null: there is none, or none that is whole. */
export function readRecord(place: Place): SessionRecord | null {
  try {
    const record: SessionRecord = JSON.parse(readFileSync(place.record, 'utf8'));
    return record.format === 1 ? record : null;
  } catch {
    return null;
  }
}

/** Removes what a session leaves behind; the folder stays, for its lock. */
export function clearPlace(place: Place): void {
  for (const file of [place.record, place.config, place.paneScript, place.socket]) rmSync(file, { force: true });
  if (dirname(place.socket) !== place.folder) rmSync(dirname(place.socket), { recursive: true, force: true });
}

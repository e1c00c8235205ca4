import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../processes/atomic-file.ts';

/** What the folder remembers about its server, in `server.json`. */
export interface ServerRecord {
  /** The folder's true path when this was written: a copied folder is told from a moved one by it. */
  readonly folder: string;
  /** Where the database's files are: the folder itself, or a place that PostgreSQL's user can search. */
  readonly home: string;
  /** The port of the last start; null before the first. */
  readonly port: number | null;
}

function recordFile(folder: string): string {
  return join(folder, 'server.json');
}

/** The file with the password of the roles `apisnoop` and `postgres`; only its owner may read it. */
export function passwordFile(folder: string): string {
  return join(folder, 'password');
}

/** The log of PostgreSQL, always in the folder, wherever the database's files are. */
export function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

export function dataFolderIn(home: string): string {
  return join(home, 'data');
}

export async function readRecord(folder: string): Promise<ServerRecord | null> {
  try {
    return JSON.parse(await readFile(recordFile(folder), 'utf8')) as ServerRecord;
  } catch {
    // None yet, or one that a full disk cut off: the files themselves tell the rest.
    return null;
  }
}

/**
 * Where the folder's database is by now, null when that was not decided yet. A folder that was moved takes its files
 * with it; one that was copied has no claim to files elsewhere, for two folders must not share one server.
 */
export async function findLocation(folder: string): Promise<string | null> {
  const record = await readRecord(folder);
  if (record === null) return null;
  if (record.home === record.folder) return folder;
  const copied = folder !== record.folder && (await readRecord(record.folder))?.folder === record.folder;
  return copied ? null : record.home;
}

export function writeRecord(folder: string, record: ServerRecord): void {
  const text = JSON.stringify({ ...record, dataFolder: dataFolderIn(record.home) }, null, 2);
  writeFileAtomically(recordFile(folder), `${text}\n`);
}

/** The password, null when there is none (then there is no usable database either). */
export async function readPassword(folder: string): Promise<string | null> {
  return (await readFile(passwordFile(folder), 'utf8').catch(() => '')).trim() || null;
}

export function writePassword(folder: string, password: string): void {
  writeFileAtomically(passwordFile(folder), `${password}\n`);
}

/**
 * Its own words on TLS, which it has none of: a PGSSLMODE in the shell is meant for other servers.
 *
 * @param password made by us, of letters and digits only: nothing in it needs escaping
 */
export function databaseUrl(port: number, password: string): string {
  return `postgresql://apisnoop:${password}@127.0.0.1:${port}/apisnoop?sslmode=disable`;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../processes/atomic-file.ts';

/** Record of a folder's server, in `server.json`. */
export interface ServerRecord {
  /** Real path of the folder when this was written, to distinguish a copied folder from a moved one. */
  readonly folder: string;
  /** Location of the database files: the folder itself, or one that PostgreSQL's user can search. */
  readonly home: string;
  /** Port of the last start; null before the first. */
  readonly port: number | null;
}

function recordFile(folder: string): string {
  return join(folder, 'server.json');
}

/** The file with the password of the roles `apisnoop` and `postgres`, readable only by its owner. */
export function passwordFile(folder: string): string {
  return join(folder, 'password');
}

/** The log of PostgreSQL, in the folder itself, not in the location of the database files. */
export function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

export function dataFolderIn(location: string): string {
  return join(location, 'data');
}

export async function readRecord(folder: string): Promise<ServerRecord | null> {
  try {
    return JSON.parse(await readFile(recordFile(folder), 'utf8')) as ServerRecord;
  } catch {
    // Missing, or truncated by a full disk.
    return null;
  }
}

/**
 * Finds the location of a folder's database files; null if not chosen yet. Files inside a moved folder moved with it. A
 * copied folder must not use files outside of it: two folders must not share a server.
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

/** Reads the password; null if there is none, and therefore no usable database. */
export async function readPassword(folder: string): Promise<string | null> {
  return (await readFile(passwordFile(folder), 'utf8').catch(() => '')).trim() || null;
}

export function writePassword(folder: string, password: string): void {
  writeFileAtomically(passwordFile(folder), `${password}\n`);
}

/**
 * The URL of the embedded database. It sets `sslmode`, since PGSSLMODE in the environment is meant for other servers.
 *
 * @param password hexadecimal, so it needs no escaping
 */
export function databaseUrl(port: number, password: string): string {
  return `postgresql://apisnoop:${password}@127.0.0.1:${port}/apisnoop?sslmode=disable`;
}

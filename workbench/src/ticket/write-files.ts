import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SnoopError } from '../errors.ts';
import type { Ticket } from './write-ticket.ts';

/**
 * Writes a ticket, and its attachment beside it, into new files.
 * @returns the path of the attachment; null: there is none
 * @throws SnoopError `file_exists`
 */
export async function writeTicketFiles(
  { body, attachment }: Ticket,
  file: string,
  cwd: string,
): Promise<string | null> {
  const attached = attachment === null ? null : join(dirname(file), attachment.name);
  for (const name of attached === null ? [file] : [file, attached]) refuseExisting(name, cwd);
  if (attachment === null || attached === null) {
    await writeFile(file, body, { flag: 'wx' });
    return null;
  }
  await writeFile(attached, attachment.content, { flag: 'wx' });
  try {
    await writeFile(file, body, { flag: 'wx' });
  } catch (error) {
    await rm(attached, { force: true });
    throw error;
  }
  return attached;
}

/** @throws SnoopError `file_exists` */
export function refuseExisting(file: string, cwd: string): void {
  if (!existsSync(file)) return;
  throw new SnoopError('file_exists', `${relative(cwd, file) || file} exists, and 'snoop ticket' overwrites nothing.`, {
    exitCode: 2,
    advice: ['Choose another file: --out FILE.'],
  });
}

import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes beside and renames: a reader, or a crash in the middle, never sees half a file.
 * It is synchronous, so that nothing can come between a fact and its being written down.
 *
 * @param mode the new file's permissions: only its owner may read it, unless it is meant for others
 */
export function writeFileAtomically(file: string, text: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.draft`;
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

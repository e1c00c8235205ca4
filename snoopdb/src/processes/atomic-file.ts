import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a temporary file and renames it, so that neither a reader nor a crash can see half a file. Synchronous, so that
 * nothing else runs between a change and its record.
 *
 * @param mode permissions of the file; by default only its owner may read it
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

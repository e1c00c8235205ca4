import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExportedRelease } from '@snoop/snoopdb';
import { isSystemError, readRegularFile, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { formatJson } from '../output/control-characters.ts';

export interface ExportedFile {
  readonly file: string;
  readonly state: 'written' | 'unchanged' | 'refused';
  /** Why it was refused, what --force overwrote, or what its data lack. */
  readonly note: string | null;
}

/**
 * Writes a file atomically, if its data differ. Refuses to replace a finished release's file by one with fewer sources:
 * APISnoop lost published coverage that way.
 *
 * @param options.release null for a list about all releases
 * @throws SnoopError `unwritable`
 */
export async function exportFile(
  path: string,
  document: unknown,
  options: { readonly release: ExportedRelease | null; readonly force: boolean },
): Promise<ExportedFile> {
  const file = basename(path);
  const existing = readExisting(path);
  if (existing.state === 'read' && isDeepStrictEqual(existing.document, document)) {
    return { file, state: 'unchanged', note: null };
  }
  const objection = options.release === null ? null : findObjection(existing, options.release);
  if (objection !== null && !options.force) {
    return { file, state: 'refused', note: `${objection}; --force rewrites it` };
  }
  try {
    writeFileAtomically(path, formatJson(document, 4), 0o644);
  } catch (error) {
    throw new SnoopError('unwritable', `${path} cannot be written.`, {
      cause: error,
      advice: [error instanceof Error ? error.message : String(error)],
    });
  }
  return { file, state: 'written', note: objection };
}

type Existing = { readonly state: 'none' | 'not json' } | { readonly state: 'read'; readonly document: unknown };

function readExisting(path: string): Existing {
  let text: string;
  try {
    text = readRegularFile(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return { state: 'none' };
    throw new SnoopError('unwritable', `${path} exists but cannot be read.`, {
      cause: error,
      advice: [error instanceof Error ? error.message : String(error)],
    });
  }
  try {
    const document: unknown = JSON.parse(text);
    return { state: 'read', document };
  } catch {
    return { state: 'not json' };
  }
}

/** Why the file of a release must not be replaced; null: it may be. */
function findObjection(existing: Existing, { document, finished }: ExportedRelease): string | null {
  if (existing.state === 'none') return null;
  if (existing.state !== 'read') return 'the existing file is not JSON';
  const old = existing.document;
  if (typeof old !== 'object' || old === null || !('sources' in old) || !Array.isArray(old.sources)) {
    return 'the existing file is not a coverage file';
  }
  if ('release' in old && old.release !== document.release) {
    return `the existing file is of release ${String(old.release)}`;
  }
  const wasFinished = 'release_date' in old && typeof old.release_date === 'string' && old.release_date !== '';
  // If the database has no date, the file's date counts.
  if (!finished && !(document.release_date === null && wasFinished)) return null;
  const [before, after] = [old.sources.length, document.sources.length];
  if (after >= before) return null;
  return `the release is finished; the existing file has ${before} sources, the database ${after}`;
}

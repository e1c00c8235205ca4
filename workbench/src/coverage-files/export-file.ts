import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExportedRelease } from '@snoop/snoopdb';
import { isSystemError, readRegularFile, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { formatJson } from '../output/control-characters.ts';

/** What became of one file. */
export interface ExportedFile {
  readonly file: string;
  readonly state: 'written' | 'unchanged' | 'refused';
  /** Why it was refused, what was lost by force, how far its data can be trusted; null: nothing to say. */
  readonly note: string | null;
}

/**
 * Writes one file as a whole. One with the same data is left as it is. The file of a finished release is not rewritten
 * with fewer sources than it has: that is how published coverage was lost before.
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
  const there = readThere(path);
  if (there.state === 'read' && isDeepStrictEqual(there.document, document)) {
    return { file, state: 'unchanged', note: null };
  }
  const objection = options.release === null ? null : object(there, options.release);
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

type There = { readonly state: 'none' | 'no json' } | { readonly state: 'read'; readonly document: unknown };

function readThere(path: string): There {
  let text: string;
  try {
    text = readRegularFile(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return { state: 'none' };
    throw new SnoopError('unwritable', `${path} is there and cannot be read.`, {
      cause: error,
      advice: [error instanceof Error ? error.message : String(error)],
    });
  }
  try {
    const document: unknown = JSON.parse(text);
    return { state: 'read', document };
  } catch {
    return { state: 'no json' };
  }
}

/** Why the file of a release is not simply rewritten; null: nothing speaks against it. */
function object(there: There, { document, finished }: ExportedRelease): string | null {
  if (there.state === 'none') return null;
  if (there.state !== 'read') return 'what is there is no JSON';
  const was = there.document;
  if (typeof was !== 'object' || was === null || !('sources' in was) || !Array.isArray(was.sources)) {
    return 'what is there is no coverage file';
  }
  if ('release' in was && was.release !== document.release) {
    return `what is there is of release ${String(was.release)}`;
  }
  const wasFinished = 'release_date' in was && typeof was.release_date === 'string' && was.release_date !== '';
  // Where the database has no date, the file's own one counts.
  if (!finished && !(document.release_date === null && wasFinished)) return null;
  const [before, after] = [was.sources.length, document.sources.length];
  if (after >= before) return null;
  return `the release is finished, and its file has ${before} sources where the database has ${after}`;
}

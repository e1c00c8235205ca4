import { findInputs, readFileDataSet, readReleaseDataSet, SnoopDbError } from '@snoop/snoopdb';
import type { DataSet, Pool } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';

/** A release, a release and one of its sources, or a file: `./1.36.0` is one, `1.36.0` is not. */
const releasePattern = /^(v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]*)?)(?:@(.+))?$/;

/** The release in a name, as written; null for a file or URL. */
export function extractRelease(name: string): string | null {
  return releasePattern.exec(name)?.[1] ?? null;
}

/**
 * Reads the coverage of a release, of one of its sources, or of a file or URL.
 *
 * @throws SnoopError `unreadable_input`, `wrong_use`
 */
export async function readDataSet(
  pool: Pool,
  name: string,
  { cwd, signal, pipedTo }: Pick<Context, 'cwd' | 'signal'> & { readonly pipedTo: string },
): Promise<DataSet> {
  const found = releasePattern.exec(name);
  if (found?.[1] !== undefined) return readReleaseDataSet(pool, name, found[1], found[2] ?? null);
  try {
    const [input, ...more] = await findInputs(name, { cwd, stdin: process.stdin, pipedTo, extensions: ['.json'] });
    if (input !== undefined && more.length === 0) return await readFileDataSet(pool, input, signal);
  } catch (error) {
    if (!(error instanceof SnoopDbError) || error.code !== 'unreadable_input') throw error;
    throw new SnoopError(error.code, error.message, {
      cause: error,
      exitCode: URL.canParse(name) ? 3 : 2,
      advice: ['Name a release (1.35), a source of a release (1.36@source), or a coverage file.'],
    });
  }
  throw wrongUse(`The folder '${name}' has several files.`, 'Name one of them.');
}

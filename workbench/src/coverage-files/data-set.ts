import { findInputs, readFileDataSet, readReleaseDataSet, SnoopDbError } from '@snoop/snoopdb';
import type { DataSet, Pool } from '@snoop/snoopdb';
import { findFileOfRun } from '../audit-run/folder/file-of-run.ts';
import { coverageFileName } from '../audit-run/folder/run-file.ts';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';

/** A release, a release and one of its sources, or a file: `./1.36.0` is one, `1.36.0` is not. */
const releasePattern = /^(v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]*)?)(?:@(.+))?$/;

/** The release in a name, as written; null for a file or URL. */
export function extractRelease(name: string): string | null {
  return releasePattern.exec(name)?.[1] ?? null;
}

/**
 * Reads the coverage of a release, of one of its sources, of an audit run's folder, or of a file or URL.
 *
 * @param options.partial whether an incomplete audit run is accepted, as if it were complete
 * @throws SnoopError `unreadable_input`, `wrong_use`, `bad_run_folder`, `partial_run`
 */
export async function readDataSet(
  pool: Pool,
  name: string,
  {
    cwd,
    signal,
    pipedTo,
    partial = false,
  }: Pick<Context, 'cwd' | 'signal'> & { readonly pipedTo: string; readonly partial?: boolean },
): Promise<DataSet> {
  const found = releasePattern.exec(name);
  if (found?.[1] !== undefined) return readReleaseDataSet(pool, name, found[1], found[2] ?? null);
  const ofRun = await findFileOfRun(name, coverageFileName, { cwd, partial });
  if (ofRun !== null) {
    const [input] = await findInputs(ofRun, { cwd, stdin: process.stdin });
    if (input === undefined) throw new SnoopError('unreadable_input', `${ofRun} cannot be read.`);
    const read = await readFileDataSet(pool, input, signal);
    return { ...read, name, countsFailures: false, incomplete: partial ? null : read.incomplete };
  }
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

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, parseBoundedJson, type ProcessIdentity, readRegularFile } from '@snoop/snoopdb';
import { wrongUse } from '../errors.ts';
import { begunFileName } from './folder/run-file.ts';
import type { Observation } from './observation.ts';
import { draftOf } from './run-draft.ts';

const format = 'begun snoop audit run';
const formatVersion = 1;
/** It names a few API servers. */
const maxBytes = 1 << 20;

/** The content of begun.json: what is needed to write out a run whose process was killed. */
export interface BegunRun {
  readonly process: ProcessIdentity;
  /** Leads the process group of the suite; null: it did not start. */
  readonly suite: ProcessIdentity | null;
  readonly id: string;
  readonly startedAt: string;
  readonly server: string;
  readonly release: string;
  readonly commit: string | null;
  readonly observation: Omit<Observation, 'startedAt'> & { readonly startedAt: string };
  readonly command: readonly string[];
  /** The folder of the run that it continues; null: none. */
  readonly resumes: string | null;
}

/** Creates begun.json from everything but its format. */
export function createBegunFile(run: BegunRun): object {
  return { format, version: formatVersion, ...run };
}

/**
 * Finds a run whose process was killed before it wrote its folder.
 *
 * @param folder the folder that it would have written
 * @returns null: there is none
 * @throws SnoopError `wrong_use` if it still runs, or what it left cannot be used
 */
export function findKilledRun(folder: string): BegunRun | null {
  const draft = draftOf(folder);
  const file = join(draft, begunFileName);
  if (existsSync(folder) || !existsSync(draft)) return null;
  const refuse = (why: string, advice: string) => wrongUse(`The run in ${draft} cannot be continued: ${why}.`, advice);
  if (!existsSync(file)) {
    throw refuse('it was killed before its suite began', 'Remove it, and run without --resume.');
  }
  const run = readBegun(file);
  if (run === null) throw refuse(`${file} cannot be read`, 'Remove it, and run without --resume.');
  if (isAlive(run.process)) throw refuse(`process ${run.process.pid} still writes it`, 'Wait until it ends.');
  return run;
}

function readBegun(file: string): BegunRun | null {
  try {
    if (statSync(file).size > maxBytes) return null;
    const value: unknown = parseBoundedJson(begunFileName, readRegularFile(file));
    const isOurs =
      typeof value === 'object' && value !== null && 'format' in value && value.format === format && 'version' in value;
    // Only this program writes there, and whole files.
    return isOurs && value.version === formatVersion ? (value as unknown as BegunRun) : null;
  } catch {
    return null;
  }
}

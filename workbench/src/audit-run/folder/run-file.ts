import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  explainSystemError,
  findRepeatedKey,
  isSystemError,
  parseBoundedJson,
  readRegularFile,
  toError,
} from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import { findRunProblem, isRecord } from './run-problem.ts';

// The folder of an audit run: what 'snoop audit-run' writes and other commands read.

export const runFileName = 'run.json';
export const coverageFileName = 'coverage.json';
export const eventsFileName = 'events.jsonl.gz';
/** While the run is not written, beside what is there. */
export const begunFileName = 'begun.json';

const format = 'snoop audit run';
const formatVersion = 1;
/** Of run.json, which names some hundred files at most. */
const maxBytes = 16 << 20;
/** In messages. */
const maxReasons = 20;
const maxReasonCharacters = 1000;
const whichFolder = "Use a folder that 'snoop audit-run --out' wrote.";

/** Events of all API servers during a run. */
export interface RunCounters {
  /** Events that the API servers generated, by `apiserver_audit_event_total`; null: unknown. */
  readonly sent: number | null;
  /** Events that they could not send, by `apiserver_audit_error_total`; null: unknown. */
  readonly errors: number | null;
  /** Events in SnoopDB. */
  readonly stored: number;
  /** Events that SnoopDB rejected. */
  readonly rejected: number;
  /** Events that may belong to `sent` or not, since other clients sent requests when the counters were read. */
  readonly uncertain: number;
}

export interface RunFileEntry {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** The content of run.json. */
export interface RunFile {
  readonly format: typeof format;
  readonly version: typeof formatVersion;
  readonly id: string;
  readonly program: string;
  readonly cluster: {
    readonly kind: 'local' | 'kind' | 'named';
    readonly version: string;
    readonly commit: string | null;
    readonly server: string;
    readonly sources: readonly string[];
  };
  /** The release whose endpoints the coverage has: that of the cluster, or another one of the same minor version. */
  readonly document?: string;
  /** SHA-256 of the audit policy; null: unknown. */
  readonly policy: string | null;
  readonly command: readonly string[];
  /** The run that this one continues, with the number of tests that passed there; null: none. */
  readonly resumes: { readonly id: string; readonly passed: number } | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly exitCode: number | null;
  /** Of --gate; null: not judged. */
  readonly gateExitCode: number | null;
  readonly complete: boolean;
  /** Why it is incomplete, as sentences. */
  readonly reasons: readonly string[];
  readonly counters: RunCounters;
  readonly files: readonly RunFileEntry[];
}

/** Creates run.json from everything but its format. */
export function createRunFile(run: Omit<RunFile, 'format' | 'version'>): RunFile {
  return { format, version: formatVersion, ...run };
}

/**
 * Whether a path is the folder of an audit run, whole or not. A folder with files of a run is one even if its run.json is
 * damaged: it must not pass for something else.
 */
export function isRunFolder(folder: string): boolean {
  const file = join(folder, runFileName);
  if (!existsSync(file)) return false;
  try {
    const value: unknown = parseBoundedJson(runFileName, readRegularFile(file, maxBytes));
    return isRecord(value) && value.format === format;
  } catch {
    return [coverageFileName, eventsFileName].some((name) => existsSync(join(folder, name)));
  }
}

/**
 * Reads run.json of a folder.
 *
 * @param partial whether an incomplete run is accepted
 * @throws SnoopError `bad_run_folder`; `partial_run` if the run is incomplete and `partial` is false
 */
export function readRunFile(folder: string, { partial }: { readonly partial: boolean }): RunFile {
  const file = join(folder, runFileName);
  const value = readJson(file);
  const problem = findProblem(value);
  if (problem !== null) {
    throw new SnoopError('bad_run_folder', `${file} ${problem}.`, {
      advice: [whichFolder],
    });
  }
  // Its other fields are for people.
  const run = value as RunFile;
  if (run.complete || partial) return run;
  throw new SnoopError('partial_run', `The audit run in ${folder} is incomplete: ${joinReasons(run.reasons)}`, {
    advice: ['Use --partial to use it all the same.'],
  });
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readRegularFile(file, maxBytes);
  } catch (error) {
    const why = isSystemError(error, 'ENOENT') ? 'it is missing' : explainSystemError(error);
    throw new SnoopError('bad_run_folder', `${file} cannot be read: ${why}.`, {
      cause: error,
      advice: [whichFolder],
    });
  }
  let value: unknown;
  try {
    value = parseBoundedJson(file, text);
  } catch (error) {
    throw new SnoopError('bad_run_folder', toError(error).message, { cause: error, advice: [whichFolder] });
  }
  const repeated = findRepeatedKey(text);
  if (repeated === null) return value;
  throw new SnoopError('bad_run_folder', `${file} has the key "${repeated.slice(0, 100)}" twice in one object.`);
}

function findProblem(value: unknown): string | null {
  if (!isRecord(value) || value.format !== format) return 'is not of an audit run';
  if (value.version !== formatVersion) {
    const found = typeof value.version === 'number' ? `version ${value.version}` : 'an unknown version';
    return `has ${found}; this program reads version ${formatVersion}`;
  }
  return findRunProblem(value);
}

/**
 * Joins the reasons why a run is incomplete; someone else may have written thousands.
 *
 * @returns one or more sentences
 */
export function joinReasons(reasons: readonly string[]): string {
  const shown = reasons.slice(0, maxReasons).map((reason) => shorten(reason, maxReasonCharacters));
  const more = reasons.length - shown.length;
  return [...shown, ...(more > 0 ? [`And ${more.toLocaleString('en-US')} more reasons.`] : [])].join(' ');
}

function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`;
}

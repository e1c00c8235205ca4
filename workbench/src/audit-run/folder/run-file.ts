import { statSync } from 'node:fs';
import { join } from 'node:path';
import { explainSystemError, isSystemError, parseBoundedJson, readRegularFile } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';

// The folder of an audit run: what 'snoop audit-run' writes and other commands read.

export const runFileName = 'run.json';
export const coverageFileName = 'coverage.json';
export const eventsFileName = 'events.jsonl.gz';

const format = 'snoop audit run';
const formatVersion = 1;
/** Of run.json, which names some hundred files at most. */
const maxBytes = 16 << 20;

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

/** Whether a path is the folder of an audit run, whole or not. */
export function isRunFolder(folder: string): boolean {
  try {
    const { size } = statSync(join(folder, runFileName));
    return size <= maxBytes && readFormat(folder) === format;
  } catch {
    return false;
  }
}

function readFormat(folder: string): unknown {
  const value: unknown = parseBoundedJson(runFileName, readRegularFile(join(folder, runFileName)));
  return typeof value === 'object' && value !== null && 'format' in value ? value.format : null;
}

/**
 * Reads run.json of a folder.
 *
 * @param partial whether an incomplete run is accepted
 * @throws SnoopError `bad_run_folder`; `partial_run` if the run is incomplete and `partial` is false
 */
export function readRunFile(folder: string, { partial }: { readonly partial: boolean }): RunFile {
  const run = checkRunFile(folder, readText(join(folder, runFileName)));
  if (run.complete || partial) return run;
  throw new SnoopError('partial_run', `The audit run in ${folder} is incomplete: ${run.reasons.join(' ')}`, {
    advice: ['Use --partial to use it all the same.'],
  });
}

function readText(file: string): string {
  try {
    if (statSync(file).size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return readRegularFile(file);
  } catch (error) {
    const why = isSystemError(error, 'ENOENT') ? 'it is missing' : explainSystemError(error);
    throw new SnoopError('bad_run_folder', `${file} cannot be read: ${why}.`, { cause: error });
  }
}

function checkRunFile(folder: string, text: string): RunFile {
  const refuse = (what: string): SnoopError =>
    new SnoopError('bad_run_folder', `${join(folder, runFileName)} ${what}.`, {
      advice: ["Use a folder that 'snoop audit-run --out' wrote."],
    });
  let value: unknown;
  try {
    value = parseBoundedJson(runFileName, text);
  } catch (error) {
    throw new SnoopError('bad_run_folder', `${join(folder, runFileName)} is not JSON.`, { cause: error });
  }
  if (!isRecord(value) || value.format !== format) throw refuse('is not of an audit run');
  if (value.version !== formatVersion) {
    throw refuse(`has version ${String(value.version)}; this program reads version ${formatVersion}`);
  }
  const { complete, reasons, files, cluster, counters } = value;
  if (typeof complete !== 'boolean' || !isTexts(reasons)) throw refuse('does not say whether the run is complete');
  if (complete && reasons.length > 0) throw refuse('calls the run complete, but says what is missing');
  if (!Array.isArray(files) || !files.every(isEntry)) throw refuse('has no list of files');
  if (!isRecord(cluster) || typeof cluster.version !== 'string' || !isRecord(counters)) {
    throw refuse('does not describe its cluster');
  }
  // Its other fields are for people.
  return value as unknown as RunFile;
}

function isEntry(value: unknown): value is RunFileEntry {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.bytes === 'number' &&
    typeof value.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(value.sha256)
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { ProgramResult } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { explainFullDisk } from './full-disk.ts';

const quotedLines = 6;

/** Creates the error of a failed program: a full disk, or its last lines of output. */
export function explainOutcome(
  code: string,
  message: string,
  { exitCode, stdout, stderr }: Omit<ProgramResult, 'output'>,
): SnoopError {
  const output = `${stdout}\n${stderr}`;
  const full = explainFullDisk(output);
  if (full) return full;
  const lines = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`| ${line.trimEnd().slice(0, 400)}`]));
  const how = exitCode === null ? ['It was stopped before it was done.'] : [];
  return new SnoopError(code, message, { advice: [...lines.slice(-quotedLines), ...how] });
}

import type { Outcome } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { explainFullDisk } from './full-disk.ts';

const quotedLines = 6;

/** The error of a program that did not do what it was asked to: its own last words, or that a disk is full. */
export function explainOutcome(
  code: string,
  message: string,
  { exitCode, stdout, stderr }: Omit<Outcome, 'output'>,
): SnoopError {
  const said = `${stdout}\n${stderr}`;
  const full = explainFullDisk(said);
  if (full) return full;
  const lines = said.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`| ${line.trimEnd().slice(0, 400)}`]));
  const how = exitCode === null ? ['It was ended before it was done.'] : [];
  return new SnoopError(code, message, { advice: [...lines.slice(-quotedLines), ...how] });
}

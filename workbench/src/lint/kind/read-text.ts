import { readFileSync } from 'node:fs';
import { toError } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';

/** @returns the text of a file that is there; null when it cannot be read, which is reported */
export function readText(file: string, report: Report): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    report('warning', 'unreadable-file', null, `This cannot be read here: ${toError(error).message}.`);
    return null;
  }
}

import { diffArrays } from 'diff';
import type { BlockText } from './blocks.ts';
import { findBoxAddition } from './boxes.ts';
import { straighten } from '../markdown/straighten.ts';

/** More differences than this are not sorted out: the block is another one. */
const maxDifferences = 2000;

/** Lines that differ. */
export interface ChangedLines {
  /** In the file. */
  readonly line: number;
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

/** Lists the lines in which a block differs from the written one, without what people may add. */
export function compareLines(written: BlockText, found: BlockText): ChangedLines[] {
  if (written.key === found.key) return [];
  const isOpen = written.kind === 'list';
  const comparator = (a: string, b: string): boolean => isSame(a, b, isOpen);
  const changes = diffArrays([...written.lines], [...found.lines], { comparator, maxEditLength: maxDifferences });
  if (changes === undefined) return [{ line: found.line, expected: written.lines, found: found.lines }];
  const differences: ChangedLines[] = [];
  let line = found.line;
  let hunk: { line: number; expected: string[]; found: string[] } | null = null;
  for (const { added, removed, value } of changes) {
    if (!added && !removed) {
      hunk = null;
      line += value.length;
      continue;
    }
    if (hunk === null) {
      hunk = { line, expected: [], found: [] };
      differences.push(hunk);
    }
    hunk[added ? 'found' : 'expected'].push(...value);
    if (added) line += value.length;
  }
  // Items that people add to a list are theirs; numbered steps are not.
  const isFree = isOpen && !written.lines.some((text) => /^\s*\d+\./.test(text));
  return isFree ? differences.filter(({ expected }) => expected.length > 0) : differences;
}

/** A line with a box may be ticked, and anything may follow it. */
function isSame(written: string, found: string, isInList: boolean): boolean {
  const [a, b] = [straighten(written), straighten(found)];
  return a === b || (isInList && findBoxAddition(a, b) !== null);
}

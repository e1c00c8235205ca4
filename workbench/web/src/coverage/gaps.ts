import type { TableFile } from '../../../src/ui/data/model.ts';
import type { Figures } from './figures.ts';

/** What the data of the page lacks, as sentences; the line of facts names what the release itself lacks. */
export function listGaps(table: TableFile, figures: Figures, earlier: TableFile | null): string[] {
  const gaps: string[] = [];
  if (figures.eligible === null && figures.endpoints > 0) {
    gaps.push('No list of ineligible endpoints is loaded: which endpoints are eligible is unknown.');
  }
  if (figures.unknown > 0) {
    const are = figures.unknown === 1 ? 'endpoint is' : 'endpoints are';
    gaps.push(
      `${figures.unknown} ${are} unknown: no loaded coverage can tell whether tests hit ${figures.unknown === 1 ? 'it' : 'them'}.`,
    );
  }
  if (table.previous === null) gaps.push('No earlier release is loaded: which endpoints are new is unknown.');
  if (earlier === null) return gaps;
  const { release, incomplete, coverageOrigin } = earlier.release;
  if (coverageOrigin === null) {
    gaps.push(`No coverage of ${release} is loaded: what was gained or lost since is unknown.`);
  }
  if (incomplete !== null) gaps.push(`The coverage of ${release} is incomplete: ${incomplete}`);
  return gaps;
}

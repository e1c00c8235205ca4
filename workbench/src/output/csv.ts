import { stringify } from 'csv-stringify/sync';
import { escapeControlCharacters } from './control-characters.ts';

/**
 * RFC 4180 with a header line. A text that a spreadsheet would run as a formula gets a leading apostrophe, since
 * agents and test names are untrusted. Negative numbers stay numbers.
 */
export function formatCsv(
  columns: readonly string[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): string {
  const records = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? escapeControlCharacters(cell) : cell)),
  );
  return stringify([[...columns], ...records], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    cast: { boolean: (value) => (value ? 'true' : 'false') },
  });
}

import { formatJsonLine } from '../output/control-characters.ts';
import { fence, formatName } from './blocks.ts';
import type { AttachedEvidence, TicketEvidence } from './evidence.ts';

/** The summary of the block begins with it. */
export const evidenceSummary = '<summary>Evidence: ';

/** The evidence in a foldable block, or the name of the file that holds it. */
export function writeEvidenceBlock(evidence: TicketEvidence, attached: AttachedEvidence | null): string {
  const { written_at: writtenAt, snoop_version: version, runs } = evidence;
  const ids = runs.map(({ run }) => formatName(run.id)).join(', ');
  const where = attached === null ? 'below' : `in the attached file \`${attached.attachment}\``;
  const from = `${runs.length === 1 ? 'the run' : 'the runs'} ${where}`;
  return [
    '<details>',
    `${evidenceSummary}${runs.length === 1 ? 'run' : 'runs'} ${ids}</summary>`,
    '',
    `snoop ${formatName(version)} wrote this issue on ${writtenAt.slice(0, 10)} from ${from}. \`snoop review\` writes it again and shows what was edited; \`snoop review --run\` runs the test again and compares.`,
    '',
    fence(formatEvidence(attached ?? evidence), 'json'),
    '',
    '</details>',
  ].join('\n');
}

/** JSON with a line for each row of each table. */
export function formatEvidence(value: unknown): string {
  if (!hasRows(value)) return formatJsonLine(value);
  if (Array.isArray(value)) return `[\n${value.map(formatEvidence).join(',\n')}\n]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${formatJsonLine(name)}:${formatEvidence(field)}`);
  return `{\n${fields.join(',\n')}\n}`;
}

/** Whether a value is or holds a list of objects. */
function hasRows(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object' && item !== null);
  return Object.values(value).some(hasRows);
}

import type { AttachedEvidence, TicketEvidence } from './evidence.ts';
import { fence } from './blocks.ts';
import { formatJsonLine } from '../output/control-characters.ts';

/** The evidence in a foldable block, as JSON with a line for each row. */
export function writeEvidenceBlock(evidence: TicketEvidence | AttachedEvidence): string {
  const about =
    'attachment' in evidence
      ? `The evidence did not fit into this issue: it is in the attached file \`${evidence.attachment}\`.`
      : 'This ticket was made from these runs.';
  return [
    '<details>',
    `<summary>Evidence (sha256 ${evidence.sha256.slice(0, 12)}…)</summary>`,
    '',
    `${about} To check the ticket, or to run its tests again: \`snoop review ticket.md\`, \`snoop review ticket.md --run\`.`,
    '',
    fence(formatEvidence(evidence), 'json'),
    '',
    '</details>',
  ].join('\n');
}

/** JSON with a line for each field and each row: shorter than with indentation, and readable in a difference. */
export function formatEvidence(value: unknown, depth = 0): string {
  const isArray = Array.isArray(value);
  if (typeof value !== 'object' || value === null || depth >= 5 || (depth >= 4 && !isArray))
    return formatJsonLine(value);
  const items = isArray
    ? value.map((item) => formatEvidence(item, depth + 1))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${formatJsonLine(key)}:${formatEvidence(item, depth + 1)}`);
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  return items.length === 0 ? open + close : `${open}\n${items.join(',\n')}\n${close}`;
}

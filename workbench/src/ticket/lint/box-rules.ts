import type { ListItem } from '../markdown/document.ts';
import { isEmptyLink } from './link-rules.ts';
import type { Rule } from './linted-ticket.ts';
import { listParts } from './sections.ts';

/** Checks the boxes of the section Progress: their number, and that a ticked one has its proof. */
export const checkBoxes: Rule = ({ document }, report) => {
  const progress = listParts(document).find(({ part }) => part === 'progress')?.section;
  if (!progress) return;
  const boxes = progress.items.filter(({ box, depth }) => box !== null && depth === 0);
  const ticked = boxes.filter(({ box }) => box === 'ticked');
  const [, n, m] = /\[(\d+)\/(\d+)\]/.exec(progress.heading ?? '') ?? [];
  if (n !== undefined && (Number(n) !== ticked.length || Number(m) !== boxes.length)) {
    const is = `${ticked.length} of ${boxes.length} boxes are ticked`;
    report(
      'error',
      'progress-count',
      progress.line,
      `The heading has [${n}/${m}], but ${is}. Write [${ticked.length}/${boxes.length}].`,
    );
  }
  for (const item of progress.items) {
    if (item.box === 'ticked' && !isProven(item)) {
      report(
        'error',
        'ticked-box',
        item.line,
        `"${nameBox(item)}" is ticked without a link. Add it, or untick the box.`,
      );
    }
  }
};

/** A date proves a soak; everything else needs a link, or its number. */
function isProven(item: ListItem): boolean {
  if (item.links.some((link) => !isEmptyLink(link))) return true;
  if (/#\d+\b|https?:\/\/\S+\/\S+/.test(item.text)) return true;
  return /\bdate\b/i.test(item.text) && /\b(?:19|20)\d\d\b/.test(item.text);
}

function nameBox({ text }: ListItem): string {
  return text.split(':', 1)[0]?.trim().slice(0, 100) ?? '';
}

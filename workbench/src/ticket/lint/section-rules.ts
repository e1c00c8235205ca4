import { findMoved } from '../comparison/moved.ts';
import type { Rule } from './linted-ticket.ts';
import { expectedParts, listParts } from './sections.ts';

/** Finds sections that are missing or out of order. */
export const checkSections: Rule = ({ document, written }, report) => {
  if (written) {
    for (const { kind, section, line } of written.differences) {
      const name = section.heading ?? 'the beginning';
      if (kind === 'section missing') report('error', 'section-missing', null, describeMissing(name));
      if (kind === 'section moved') report('error', 'section-order', line, describeMoved(name));
      if (kind === 'section repeated') {
        report(
          'error',
          'section-repeated',
          line,
          `The ticket has a second section "${name}". Give yours another heading.`,
        );
      }
    }
    return;
  }
  const found = listParts(document);
  for (const { part, title } of expectedParts) {
    if (!found.some((one) => one.part === part)) report('error', 'section-missing', null, describeMissing(title));
  }
  const places = expectedParts.map(({ part }) => found.find((one) => one.part === part)?.section.line ?? null);
  for (const [at, isMoved] of findMoved(places).entries()) {
    if (isMoved) report('error', 'section-order', places[at] ?? null, describeMoved(expectedParts[at]?.title ?? ''));
  }
};

/** Finds sections of a ticket without evidence that have only a heading. */
export const checkEmptySections: Rule = ({ document, written }, report) => {
  if (written) return;
  for (const [at, { heading, level, line, blocks }] of document.sections.entries()) {
    const next = document.sections[at + 1];
    if (heading === null || blocks.length > 0 || (next && next.level > level)) continue;
    report('error', 'empty-section', line, `The section "${heading}" is empty. Fill it in, or remove it.`);
  }
};

function describeMissing(name: string): string {
  return `The section "${name}" is missing. Reviewers look for it under this heading: add it.`;
}

function describeMoved(name: string): string {
  return `The section "${name}" is out of order. Move it to where a ticket has it.`;
}

import type { MarkdownDocument, Section } from '../markdown/document.ts';

export type Part = 'progress' | 'query' | 'references' | 'test' | 'coverage' | 'notes';

interface PartHeading {
  readonly part: Part;
  readonly title: string;
  readonly pattern: RegExp;
}

/** The sections that reviewers expect, in order, with the headings that people of APISnoop gave them. */
export const expectedParts: readonly PartHeading[] = [
  { part: 'progress', title: 'Progress', pattern: /^progress\b/i },
  { part: 'query', title: 'Identifying an untested feature Using APISnoop', pattern: /^identifying an untested/i },
  { part: 'references', title: 'API Reference and feature documentation', pattern: /^api reference/i },
  {
    part: 'test',
    title: 'The mock test',
    pattern: /^(?:the )?(?:mock|e2e) test\b|^test outline\b|^review current e2e/i,
  },
  { part: 'coverage', title: 'Verifying increase in coverage with APISnoop', pattern: /^verifying (?:an )?increase/i },
  { part: 'notes', title: 'Final notes', pattern: /^final notes\b/i },
];

export interface FoundPart {
  readonly part: Part;
  readonly section: Section;
}

/** The expected sections that a ticket has, in its order. */
export function listParts({ sections }: MarkdownDocument): FoundPart[] {
  const seen = new Set<Part>();
  return sections.flatMap((section) => {
    const found = expectedParts.find(({ pattern }) => section.heading !== null && pattern.test(section.heading));
    if (!found || seen.has(found.part)) return [];
    seen.add(found.part);
    return [{ part: found.part, section }];
  });
}

/** The part that each section belongs to: its own, or that of the heading before it. */
export function assignParts({
  sections,
}: MarkdownDocument): { readonly part: Part | null; readonly section: Section }[] {
  let current: Part | null = null;
  return sections.map((section) => {
    const found = expectedParts.find(({ pattern }) => section.heading !== null && pattern.test(section.heading));
    current = found?.part ?? current;
    return { part: current, section };
  });
}

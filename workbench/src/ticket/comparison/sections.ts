import type { MarkdownDocument, Section } from '../markdown/document.ts';
import { straighten } from '../markdown/straighten.ts';
import { findMoved } from './moved.ts';

/** A section of the ticket written again, and the section of the file that it is compared with. */
export interface SectionPair {
  readonly written: Section;
  /** null: the file has no such section. */
  readonly found: Section | null;
  /** Whether the section is out of order. */
  readonly isMoved: boolean;
}

/** Finds each section of a ticket written again in a file. */
export function pairSections(written: MarkdownDocument, file: MarkdownDocument): SectionPair[] {
  const waiting = new Map<string, number[]>();
  for (const [at, section] of file.sections.entries()) {
    const key = identify(section);
    const places = waiting.get(key);
    if (places) places.push(at);
    else waiting.set(key, [at]);
  }
  let last = -1;
  const places = written.sections.map((section) => {
    const free = waiting.get(identify(section)) ?? [];
    const at = free.find((place) => place > last) ?? free[0] ?? null;
    if (at === null) return null;
    free.splice(free.indexOf(at), 1);
    last = Math.max(at, last);
    return at;
  });
  const moved = findMoved(places);
  return written.sections.map((section, at) => {
    const place = places[at] ?? null;
    return {
      written: section,
      found: place === null ? null : (file.sections[place] ?? null),
      isMoved: moved[at] === true,
    };
  });
}

/** Sections of a file that have the heading of a section of the ticket, and are not it. */
export function listRepeated(pairs: readonly SectionPair[], file: MarkdownDocument): Section[] {
  const used = new Set(pairs.map(({ found }) => found));
  const headings = new Set(pairs.map(({ written }) => identify(written)));
  return file.sections.filter((section) => !used.has(section) && headings.has(identify(section)));
}

/** A heading without its counted boxes, which people change, and without what an editor changes. */
export function identify({ heading, level }: Section): string {
  return `${level} ${straighten(heading ?? '')
    .replace(/\[\d{0,6}\/\d{0,6}\]$/, '')
    .trimEnd()}`;
}

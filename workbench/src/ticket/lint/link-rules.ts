import type { Link } from '../markdown/document.ts';
import type { Rule } from './linted-ticket.ts';

/** Finds links that lead nowhere, except in boxes that wait to be ticked. */
export const checkLinks: Rule = ({ document }, report) => {
  for (const { links, items } of document.sections) {
    const openBoxes = new Set(items.filter(({ box }) => box === 'empty').map(({ line }) => line));
    for (const link of links) {
      if (openBoxes.has(link.line) || !isEmptyLink(link)) continue;
      const target = link.target === '' ? 'has no target' : `leads to ${link.target}, which names nothing`;
      report('error', 'empty-link', link.line, `The link "${link.text}" ${target}. Complete or remove it.`);
    }
  }
};

const bases =
  /^https?:\/\/(?:(?:issues|pr|prs|testgrid)\.k8s\.io\/?|github\.com\/?|github\.com\/[^/]+\/[^/]+\/(?:issues|pull|pulls|tree|blob)\/?|[^/]*\/[^?#]*\/tickets\/k8s\/?)$/;

/** Whether a link has no target, or one without the part that matters: an issue's number. */
export function isEmptyLink({ target }: Link): boolean {
  return target === '' || target === '#' || bases.test(target) || target.includes('RESOURCENAME');
}

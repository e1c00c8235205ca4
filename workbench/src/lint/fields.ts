import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import type { Report } from './finding.ts';
import type { YamlNode } from './yaml-node.ts';

/** Reports fields that the Kubernetes type does not have; they are ignored. */
export function checkFields(
  node: YamlNode,
  what: string,
  known: readonly string[],
  report: Report,
  explain: (key: string) => string | null = () => null,
): void {
  for (const { key, line } of node.entries()) {
    if (known.includes(key)) continue;
    const hint = didYouMean(findNearest(key, known, 1)) || 'Remove it, or use the field that was meant.';
    report(
      'error',
      'unknown-field',
      line,
      `${what} has no field '${key}': it is ignored.${explain(key) ?? ` ${hint}`}`,
    );
  }
}

/** The strings of a list. Other elements are reported by Kubernetes itself. */
export function listTexts(node: YamlNode | null): string[] {
  return (node?.items() ?? []).flatMap(({ text }) => (text === null ? [] : [text]));
}

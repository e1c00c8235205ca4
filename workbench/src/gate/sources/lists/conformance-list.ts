import { readPromotion } from '@snoop/snoopdb';
import type { ConformanceTest } from '../../facts.ts';
import type { ContentFile } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';
import { checkEntry, dropRepeated, readListText } from './list-text.ts';

/** What a list has, and what is odd in it. */
export interface ReadList<T> {
  readonly entries: readonly T[];
  readonly notes: readonly string[];
}

/**
 * Reads conformance.yaml.
 *
 * @throws SourceProblem also for an empty list
 */
export function readConformanceList(file: ContentFile): ReadList<ConformanceTest> {
  const list = readListText(file, 'a list of conformance tests');
  if (list.entries.length === 0) {
    throw new SourceProblem(`${file.name} has no test. Give conformance.yaml of kubernetes/kubernetes.`);
  }
  const tests = list.entries.map((entry): ConformanceTest => {
    checkEntry(list, entry, ['codename', 'release', 'file'], ['testname', 'description']);
    const text = (key: string): string => entry.get(key)?.text ?? '';
    const line = entry.line;
    return {
      codename: text('codename'),
      file: text('file'),
      promotedIn: readPromotion(text('release')),
      line,
      added: null,
    };
  });
  const { kept, notes } = dropRepeated(tests, ({ codename }) => codename);
  const unreadable = kept.filter(({ promotedIn }) => promotedIn === null).length;
  if (unreadable > 0) notes.push(`Tests without a readable release: ${unreadable}.`);
  return { entries: kept, notes };
}

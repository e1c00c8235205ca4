import type { IneligibleEntry, PendingEntry } from '../../facts.ts';
import type { ContentFile } from '../contents/content.ts';
import type { ReadList } from './conformance-list.ts';
import { checkEntry, dropRepeated, readListText } from './list-text.ts';

/** The longest of Kubernetes has 75 characters. */
const maxNameLength = 1000;

/**
 * Reads ineligible_endpoints.yaml, or APISnoop's list in JSON. Each entry must be whole: the name of a cut
 * one could be that of another endpoint.
 *
 * @throws SourceProblem
 */
export function readIneligibleList(file: ContentFile): ReadList<IneligibleEntry> {
  const list = readListText(file, 'a list of ineligible endpoints');
  const entries = list.entries.map((entry): IneligibleEntry => {
    checkEntry(list, entry, ['endpoint', 'reason', 'link'], []);
    const text = (key: string): string => entry.get(key)?.text ?? '';
    if (text('endpoint').length > maxNameLength) {
      list.fail(`'${text('endpoint').slice(0, 60)}' is not the name of an endpoint. Is this another list?`, entry);
    }
    return { endpoint: text('endpoint'), reason: text('reason'), link: text('link'), line: entry.line };
  });
  const { kept, notes } = dropRepeated(entries, ({ endpoint }) => endpoint);
  return { entries: kept, notes };
}

/**
 * Reads pending_eligible_endpoints.yaml. It may be empty.
 *
 * @param isWhole whether git knows that nothing is cut off. Otherwise the last line must end: the name of a cut entry could
 *   be that of another endpoint
 * @throws SourceProblem
 */
export function readPendingList(file: ContentFile, isWhole: boolean): ReadList<PendingEntry> {
  const list = readListText(file, 'a list of pending endpoints');
  const entries = list.entries.map((entry): PendingEntry => {
    const { text: endpoint, line } = entry;
    if (!endpoint?.trim()) {
      const key = entry.entries()[0]?.key;
      const found = key === undefined ? 'something else' : `an entry with ${key}`;
      return list.fail(`expected the name of an endpoint, found ${found}. Is this another list?`, entry);
    }
    if (/\s/.test(endpoint) || endpoint.length > maxNameLength)
      list.fail(`'${endpoint.slice(0, 60)}' is not the name of an endpoint. Is this another list?`, entry);
    return { endpoint, line, since: null, sinceFrom: null };
  });
  if (entries.length > 0 && !isWhole && !/(?:[\r\n]|[\]}"'])[ \t]*$/.test(list.text)) {
    const lines = list.text.split('\n');
    const end = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
    list.fail('the last line has no line end, so that the list may be cut. Get the whole file.', end);
  }
  const { kept, notes } = dropRepeated(entries, ({ endpoint }) => endpoint);
  return { entries: kept, notes };
}

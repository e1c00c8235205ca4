import type { Place } from '../app/place.ts';

/** What a search can find. */
export interface SearchEntry {
  readonly what: 'endpoint' | 'kind' | 'test' | 'run';
  readonly title: string;
  /** What tells it from others with the same title. */
  readonly about: string;
  /** Where it is shown. */
  readonly place: Partial<Place>;
}

interface SearchResult {
  readonly entry: SearchEntry;
  /** Higher is better. */
  readonly score: number;
}

export interface SearchAnswer {
  /** Best first. */
  readonly results: readonly SearchEntry[];
  /** Number of all that were found. */
  readonly found: number;
}

/** An entry with its texts in lower case. */
export interface IndexedEntry {
  readonly entry: SearchEntry;
  readonly title: string;
  readonly about: string;
}

const order: readonly SearchEntry['what'][] = ['kind', 'endpoint', 'run', 'test'];

export function createIndex(entries: readonly SearchEntry[]): IndexedEntry[] {
  return entries.map((entry) => ({ entry, title: entry.title.toLowerCase(), about: entry.about.toLowerCase() }));
}

/** Finds entries that contain all words, in any case. Titles count more than what is about them. */
export function searchIndex(index: readonly IndexedEntry[], text: string, limit: number): SearchAnswer {
  const words = text.slice(0, 200).toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return { results: [], found: 0 };
  const found = index.flatMap((one) => {
    const score = rate(one, words);
    return score === null ? [] : [{ entry: one.entry, score }];
  });
  found.sort(compareResults);
  return { results: found.slice(0, limit).map(({ entry }) => entry), found: found.length };
}

function rate({ entry, title, about }: IndexedEntry, words: readonly string[]): number | null {
  let score = title === words.join(' ') ? 100 : 0;
  for (const word of words) {
    const place = title.indexOf(word);
    if (place === 0) score += 20;
    else if (place > 0) score += isWordStart(entry.title, place) ? 10 : 5;
    else if (about.includes(word)) score += 1;
    else return null;
  }
  return score;
}

/** Whether a word of a name starts here: `Pod` of `readCoreV1NamespacedPod`. */
function isWordStart(title: string, place: number): boolean {
  const [before = '', first = ''] = title.slice(place - 1, place + 1);
  return !/[\p{L}\p{N}]/u.test(before) || (/\p{Lu}/u.test(first) && !/\p{Lu}/u.test(before));
}

function compareResults(a: SearchResult, b: SearchResult): number {
  return (
    b.score - a.score ||
    order.indexOf(a.entry.what) - order.indexOf(b.entry.what) ||
    a.entry.title.length - b.entry.title.length ||
    (a.entry.title < b.entry.title ? -1 : 1)
  );
}

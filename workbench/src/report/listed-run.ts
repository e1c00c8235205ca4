import type { ListedRun } from '@snoop/snoopdb';

/** `passed, 2 outlined, imported` @param run.importedAt null: it ran here */
export function describeResult({
  state,
  outlined,
  importedAt,
}: Pick<ListedRun, 'state' | 'outlined'> & { readonly importedAt: unknown }): string {
  return [
    state,
    ...(outlined === 0 ? [] : [`${outlined} outlined`]),
    ...(importedAt === null ? [] : ['imported']),
  ].join(', ');
}

/** `pods.live.ts`, `pods.live.ts and 2 more`; null: no file. */
export function describeFiles([first, ...others]: readonly string[]): string | null {
  if (first === undefined) return null;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

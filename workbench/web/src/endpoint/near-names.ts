const maxNames = 5;

/** Finds names that differ only in case, else begin with the name, else contain it or its beginning. */
export function findNear(names: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  if (wanted.length < 3) return [];
  const lower = names.map((one) => ({ one, text: one.toLowerCase() }));
  const pick = (is: (text: string) => boolean): string[] =>
    lower.flatMap(({ one, text }) => (is(text) ? [one] : [])).slice(0, maxNames);
  const same = pick((text) => text === wanted);
  if (same.length > 0) return same;
  const containing = pick((text) => text.startsWith(wanted) || text.includes(wanted));
  if (containing.length > 0) return containing;
  // A name of another release may differ in its last words, for example the version or the kind.
  return pick((text) => text.startsWith(wanted.slice(0, Math.ceil(wanted.length * 0.8))));
}

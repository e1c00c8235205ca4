/**
 * Finds what is out of order, as few as possible.
 * @param places where each thing is, in the order in which they should be; null: nowhere
 * @returns for each, whether it is out of order
 */
export function findMoved(places: readonly (number | null)[]): boolean[] {
  // The longest sequence in order that ends with each.
  const best: { readonly length: number; readonly before: number | null }[] = [];
  let last: number | null = null;
  for (const [at, place] of places.entries()) {
    let [length, before]: [number, number | null] = [place === null ? 0 : 1, null];
    for (let other = 0; other < at; other += 1) {
      const [earlier, found] = [places[other] ?? null, best[other]];
      if (place === null || earlier === null || !found || earlier >= place || found.length < length) continue;
      [length, before] = [found.length + 1, other];
    }
    best.push({ length, before });
    if (length > (last === null ? 0 : (best[last]?.length ?? 0))) last = at;
  }
  const inOrder = new Set<number>();
  for (let at = last; at !== null; at = best[at]?.before ?? null) inOrder.add(at);
  return places.map((place, at) => place !== null && !inOrder.has(at));
}

/** Segments of a document's path. Kubernetes' have nine at most; a search goes down one call a segment. */
export const deepestPath = 100;

const slash = 0x2f;

/**
 * Splits a path at its slashes; those at either end do not count.
 * @param most segments beyond so many are left out
 */
export function splitPath(path: string, most?: number): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === slash) start += 1;
  while (end > start && path.charCodeAt(end - 1) === slash) end -= 1;
  return start === end ? [] : path.slice(start, end).split('/', most);
}

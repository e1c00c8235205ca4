/** Segments of a document's path. Kubernetes needs nine; a search recurses once a segment. */
export const maxPathSegments = 100;

const slash = 0x2f;

/**
 * Splits a path at its slashes; slashes at either end do not count.
 * @param most at most so many segments
 */
export function splitPath(path: string, most?: number): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === slash) start += 1;
  while (end > start && path.charCodeAt(end - 1) === slash) end -= 1;
  return start === end ? [] : path.slice(start, end).split('/', most);
}

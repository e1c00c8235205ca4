import type { ResolvableOperation } from '../../src/index.ts';

// The same rules without a trie: check every operation, keep those that match, choose the best.

/** How a documented path matches a request's segments, one word each; null if it does not. */
function matchSegments(documented: readonly string[], asked: readonly string[]): string[] | null {
  const taken: string[] = [];
  for (const [index, word] of documented.entries()) {
    const segment = asked[index];
    if (index === documented.length - 1 && /^\{.*path\}$/i.test(word))
      return segment === undefined ? null : [...taken, 'rest'];
    if (segment === undefined) return null;
    if (/^\{.*\}$/.test(word)) {
      if (segment === '') return null;
      taken.push('parameter');
    } else if (word === segment) taken.push('literal');
    else return null;
  }
  return documented.length === asked.length ? taken : null;
}

const order = ['literal', 'parameter', 'rest'];

function compareFits(a: readonly string[], b: readonly string[]): number {
  for (const [index, word] of a.entries()) {
    const other = b[index];
    if (other !== undefined && other !== word) return order.indexOf(word) - order.indexOf(other);
  }
  return 0;
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** Resolves a decoded path without a query, slowly; null if there is no endpoint. */
export function createSlowResolver(
  operations: readonly ResolvableOperation[],
): (method: string, path: string) => string | null {
  const all = operations.map((operation) => ({ operation, segments: splitPath(operation.path) }));
  return (method, path) => {
    const asked = splitPath(path);
    let best: { fit: string[]; operation: ResolvableOperation } | null = null;
    for (const { operation, segments } of all) {
      if (operation.method !== method) continue;
      const taken = matchSegments(segments, asked);
      if (!taken) continue;
      const better =
        best && (compareFits(taken, best.fit) || Number(operation.deprecated) - Number(best.operation.deprecated));
      if (better === null || better < 0) best = { fit: taken, operation };
    }
    return best?.operation.endpoint ?? null;
  };
}

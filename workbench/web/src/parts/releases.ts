/** Compares releases `X.Y.Z` by semver; pre-releases come before their release, other texts first. */
export function compareReleases(left: string, right: string): number {
  const a = readParts(left);
  const b = readParts(right);
  if (a === null || b === null) return Number(a !== null) - Number(b !== null) || compareTexts(left, right);
  for (const [place, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePre(a.pre, b.pre);
}

/** Compares by code units, which sorts the same in every browser. */
export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function readParts(text: string): { readonly numbers: readonly number[]; readonly pre: readonly string[] } | null {
  const found = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?$/.exec(text);
  if (found === null) return null;
  const [, major, minor, patch = '0', pre] = found;
  return { numbers: [Number(major), Number(minor), Number(patch)], pre: pre?.split('.') ?? [] };
}

function comparePre(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (const [place, a] of left.entries()) {
    const b = right[place];
    if (b === undefined) return 1;
    const numbers = [a, b].map((part) => (/^\d+$/.test(part) ? Number(part) : null));
    const [x = null, y = null] = numbers;
    const difference = x !== null && y !== null ? x - y : Number(x === null) - Number(y === null) || compareTexts(a, b);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A Go value: an expression on one line, or a composite literal. */
export type GoValue = string | GoComposite;

export interface GoComposite {
  /** `&appsv1.Deployment`, `map[string]string`; empty where Go derives it. */
  readonly type: string;
  readonly entries: readonly GoEntry[];
}

export interface GoEntry {
  /** null in slices. */
  readonly key: string | null;
  readonly value: GoValue;
}

/** Longer literals are broken. */
const maxFlat = 80;

/** Formats a value as gofmt does. The first line is not indented, the others by `indent` tabs and more. */
export function formatGo(value: GoValue, indent: number): string {
  const flat = formatFlat(value);
  if (flat !== null || typeof value === 'string') return flat ?? '';
  const pad = '\t'.repeat(indent + 1);
  const texts = value.entries.map((entry) => formatGo(entry.value, indent + 1));
  const widths = alignKeys(value.entries, texts);
  const lines = value.entries.map(({ key }, index) => {
    const start = key === null ? '' : `${key}:`.padEnd(widths[index] ?? 0);
    return `${pad}${start}${texts[index]},\n`;
  });
  return `${value.type}{\n${lines.join('')}${'\t'.repeat(indent)}}`;
}

/** On one line: empty, or short and not nested deeply. */
function formatFlat(value: GoValue): string | null {
  if (typeof value === 'string') return value;
  const { type, entries } = value;
  if (entries.length === 0) return `${type}{}`;
  if (entries.length > 1 && entries.some(({ key }) => key !== null)) return null;
  const flat = entries.map(({ key, value: item }) => {
    const text = typeof item === 'string' || item.entries.length === 0 ? formatFlat(item) : null;
    return text === null ? null : `${key === null ? '' : `${key}: `}${text}`;
  });
  const text = `${type}{${flat.join(', ')}}`;
  return flat.includes(null) || text.length > maxFlat ? null : text;
}

/** Larger keys are aligned only with keys of a similar size. */
const smallKey = 40;
const maxRatio = 2.5;

/**
 * Computes the columns in which values start. Keys of neighbouring lines are aligned, unless a value has several lines
 * or a key is much larger than those before (go/printer, nodes.go: exprList).
 */
function alignKeys(entries: readonly GoEntry[], texts: readonly string[]): number[] {
  const widths: number[] = [];
  let section: number[] = [];
  let sizes: number[] = [];
  let before = 0;
  const close = (): void => {
    const width = Math.max(0, ...section.map((index) => (entries[index]?.key?.length ?? 0) + 2));
    for (const index of section) widths[index] = width;
    [section, sizes] = [[], []];
  };
  for (const [index, { key }] of entries.entries()) {
    const size = key === null || (texts[index] ?? '').includes('\n') ? 0 : Buffer.byteLength(key);
    if (before === 0 || size === 0 || !isSimilar(size, before, sizes)) close();
    if (size > 0) sizes.push(size);
    section.push(index);
    before = size;
  }
  close();
  return widths;
}

function isSimilar(size: number, before: number, sizes: readonly number[]): boolean {
  if (sizes.length === 0 || (before <= smallKey && size <= smallKey)) return true;
  const mean = Math.exp(sizes.reduce((sum, one) => sum + Math.log(one), 0) / sizes.length);
  const ratio = size / mean;
  return maxRatio * ratio > 1 && ratio < maxRatio;
}

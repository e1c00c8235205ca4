/** The rows of a scrolled table that are drawn. */
export interface VisibleRows {
  /** Index of the first one, and of the first one after them. */
  readonly start: number;
  readonly end: number;
  /** Pixels of the rows before and after them. */
  readonly before: number;
  readonly after: number;
}

/** Rows beyond each edge, so that scrolling and Tab find a row before it is seen. */
const margin = 12;

/** Computes which of `count` rows are drawn. Sizes in pixels. */
export function findVisibleRows(
  count: number,
  rowHeight: number,
  { top, height }: { readonly top: number; readonly height: number },
): VisibleRows {
  const shown = Math.ceil(height / rowHeight);
  const first = Math.min(Math.max(0, Math.floor(top / rowHeight)), Math.max(0, count - shown));
  const start = Math.max(0, first - margin);
  const end = Math.min(count, first + shown + margin);
  return { start, end, before: start * rowHeight, after: (count - end) * rowHeight };
}

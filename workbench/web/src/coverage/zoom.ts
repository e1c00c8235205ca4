import type { CoverageRow } from './changes.ts';

/** Level, category, kind and endpoint, from the centre outwards; fewer: a part of the picture. */
export type ZoomPath = readonly string[];

/** Names the kind of endpoints without one. */
export const noKind = '-';

export function readZoom(text: string | undefined): ZoomPath {
  return (text ?? '').split('/').filter(Boolean).slice(0, 4);
}

export function writeZoom(path: ZoomPath): string {
  return path.join('/');
}

export function pathOf({ level, category, kind, endpoint }: CoverageRow): ZoomPath {
  return [level, category, kind ?? noKind, endpoint];
}

export function isWithin(row: CoverageRow, path: ZoomPath): boolean {
  const own = pathOf(row);
  return path.every((part, depth) => own[depth] === part);
}

/** What a zoom finds among the rows of a release and of those that a filter leaves. */
export interface Zoomed {
  /** The part that exists: the zoom, or what is left of it. */
  readonly path: ZoomPath;
  /** The rows of that part; of an endpoint: the rows of its kind, which are drawn with it. */
  readonly rows: readonly CoverageRow[];
  /** The endpoint that is selected. */
  readonly selected: CoverageRow | null;
  /** Why the path is shorter than the zoom; null: it is not. */
  readonly missing: { readonly name: string; readonly why: 'filter' | 'release' } | null;
}

/** Finds the part of the picture that a zoom asks for, or the nearest one around it that has endpoints. */
export function findZoomed(all: readonly CoverageRow[], filtered: readonly CoverageRow[], zoom: ZoomPath): Zoomed {
  let path = zoom;
  while (path.length > 0 && !filtered.some((row) => isWithin(row, path))) path = path.slice(0, -1);
  const parent = path.length === 4 ? path.slice(0, 3) : path;
  const lacking = zoom.slice(0, path.length + 1);
  return {
    path,
    rows: filtered.filter((row) => isWithin(row, parent)),
    selected: path.length === 4 ? (filtered.find((row) => isWithin(row, path)) ?? null) : null,
    missing:
      path.length === zoom.length
        ? null
        : {
            name: lacking.at(-1) ?? '',
            why: all.some((row) => isWithin(row, zoom)) ? 'filter' : 'release',
          },
  };
}

export function formatPart(part: string): string {
  return part === noKind ? 'without kind' : part;
}

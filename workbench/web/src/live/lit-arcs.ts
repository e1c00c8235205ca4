import type { Arc } from '../coverage/arcs.ts';

/** An arc that is lit. */
export interface LitArc {
  readonly arc: Arc;
  /** Up to 1. */
  readonly brightness: number;
}

/** The arcs that an endpoint is in, from the innermost ring outwards, by endpoint. */
export function indexArcs(arcs: readonly Arc[]): ReadonlyMap<string, readonly Arc[]> {
  const found = new Map<string, Arc[]>();
  for (const arc of arcs) {
    for (const { endpoint } of arc.rows) {
      const before = found.get(endpoint);
      if (before === undefined) found.set(endpoint, [arc]);
      else before.push(arc);
    }
  }
  return found;
}

/** Levels, categories and kinds around a lit endpoint are lit less. */
const groupShare = 0.4;

/** The arcs of lit endpoints, each as bright as its brightest endpoint. */
export function findLitArcs(
  lit: ReadonlyMap<string, number>,
  index: ReadonlyMap<string, readonly Arc[]>,
): readonly LitArc[] {
  const brightest = new Map<Arc, number>();
  for (const [endpoint, brightness] of lit) {
    for (const arc of index.get(endpoint) ?? []) {
      const own = arc.paint === null ? groupShare * brightness : brightness;
      brightest.set(arc, Math.max(own, brightest.get(arc) ?? 0));
    }
  }
  return [...brightest].map(([arc, brightness]) => ({ arc, brightness }));
}

/** The arcs of endpoints that were hit in this session. */
export function findHitArcs(arcs: readonly Arc[], isHit: (endpoint: string) => boolean): readonly Arc[] {
  return arcs.filter(({ paint, rows }) => paint !== null && rows.some(({ endpoint }) => isHit(endpoint)));
}

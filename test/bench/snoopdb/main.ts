import { measureParts } from '../measurement/parts.ts';

const parts = {
  resolver: () => import('./resolver.ts'),
  'bulk-load': () => import('./bulk-load.ts'),
  views: () => import('./views.ts'),
  ready: () => import('./ready.ts'),
};

/** Measures SnoopDB, on a temporary PostgreSQL of its own. */
export function measure(args: readonly string[]): Promise<number> {
  return measureParts('snoopdb', parts, args);
}

import { measureParts } from '../measurement/parts.ts';

const parts = {
  size: () => import('./size.ts'),
  site: () => import('./site.ts'),
  page: () => import('./page.ts'),
  live: () => import('./live.ts'),
  clients: () => import('./clients.ts'),
};

/** Measures the page of `snoop ui`; parts in a browser are skipped without one. */
export function measure(args: readonly string[]): Promise<number> {
  return measureParts('ui', parts, args);
}

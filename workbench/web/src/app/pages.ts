import { type Component, untrack } from 'svelte';
import type { PageName } from '../../../src/ui/page/page-names.ts';
import { loadTable } from '../data/load.ts';
import { getPlace } from './navigation.svelte.ts';

export interface PageEntry {
  readonly title: string;
  /** Whether the navigation lists it; others are reached from there. */
  readonly isListed: boolean;
  /** Loaded when first shown. */
  load(): Promise<{ default: Component }>;
}

/** Loads the code of the page and its data at the same time. */
function loadCoverage(): Promise<{ default: Component }> {
  // Read as a dependency, each change of the place would draw the page anew.
  const { release } = untrack(getPlace);
  // The page itself says why a table cannot be loaded.
  if (release !== null) loadTable(release).catch(() => undefined);
  return import('../coverage/Coverage.svelte');
}

export const pages: Readonly<Partial<Record<PageName, PageEntry>>> = {
  coverage: { title: 'Coverage', isListed: true, load: loadCoverage },
  endpoint: { title: 'Endpoint', isListed: false, load: () => import('../endpoint/Endpoint.svelte') },
  test: { title: 'Tests', isListed: true, load: () => import('../test/Test.svelte') },
  progress: { title: 'Progress', isListed: true, load: () => import('../progress/Progress.svelte') },
  lists: { title: 'Lists', isListed: true, load: () => import('../lists/Lists.svelte') },
  agents: { title: 'Agents', isListed: true, load: () => import('../agents/Agents.svelte') },
  runs: { title: 'Runs', isListed: true, load: () => import('../runs/Runs.svelte') },
  live: { title: 'Live', isListed: true, load: () => import('../live/Live.svelte') },
};

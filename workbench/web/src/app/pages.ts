import type { Component } from 'svelte';
import type { PageName } from '../../../src/ui/page/page-names.ts';

export interface PageEntry {
  readonly title: string;
  /** Whether the navigation lists it; others are reached from there. */
  readonly isListed: boolean;
  /** Loaded when first shown. */
  load(): Promise<{ default: Component }>;
}

export const pages: Readonly<Partial<Record<PageName, PageEntry>>> = {
  coverage: { title: 'Coverage', isListed: true, load: () => import('../coverage/Coverage.svelte') },
  endpoint: { title: 'Endpoint', isListed: false, load: () => import('../endpoint/Endpoint.svelte') },
  test: { title: 'Tests', isListed: true, load: () => import('../test/Test.svelte') },
  progress: { title: 'Progress', isListed: true, load: () => import('../progress/Progress.svelte') },
  lists: { title: 'Lists', isListed: true, load: () => import('../lists/Lists.svelte') },
  agents: { title: 'Agents', isListed: true, load: () => import('../agents/Agents.svelte') },
  runs: { title: 'Runs', isListed: true, load: () => import('../runs/Runs.svelte') },
  live: { title: 'Live', isListed: true, load: () => import('../live/Live.svelte') },
};

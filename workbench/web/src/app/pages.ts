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
  live: { title: 'Live', isListed: true, load: () => import('../live/Live.svelte') },
};

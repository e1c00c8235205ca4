import { untrack } from 'svelte';
import { settings } from '../app/navigation.svelte.ts';
import { type Problem, toProblem } from './problem.ts';

/** Data of a page: what was loaded last, also while the next is loading, so that a switch never empties the page. */
export interface PageData<T> {
  readonly value: T | null;
  /** Loading is then repeated every few seconds, if it may succeed. */
  readonly problem: Problem | null;
  readonly isLoading: boolean;
}

const retryMs = 5000;

/**
 * Loads data of a page, again whenever what `load` reads changes. Call it while a component is created.
 * @param load returns null if there is nothing to load
 */
export function useData<T>(load: () => Promise<T> | null): PageData<T> {
  let shown = $state.raw<PageData<T>>({ value: null, problem: null, isLoading: true });
  let attempt = $state(0);
  $effect(() => {
    void attempt;
    const loading = load();
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (loading === null) {
      shown = { value: null, problem: null, isLoading: false };
      return;
    }
    // Read as a dependency, `shown` would run this again.
    shown = { ...untrack(() => shown), isLoading: true };
    loading.then(
      (value) => {
        if (isCurrent) shown = { value, problem: null, isLoading: false };
      },
      (error: unknown) => {
        if (!isCurrent) return;
        const problem = toProblem(error);
        shown = { value: null, problem, isLoading: false };
        if (settings.isLive && problem.mayPass) timer = setTimeout(() => attempt++, retryMs);
      },
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  });
  return {
    get value() {
      return shown.value;
    },
    get problem() {
      return shown.problem;
    },
    get isLoading() {
      return shown.isLoading;
    },
  };
}

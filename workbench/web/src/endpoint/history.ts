import { historyLetters } from '../../../src/ui/data/model.ts';
import type { EndpointState } from '../parts/endpoint-state.ts';

/** An endpoint in one release. */
export interface HistoryCell {
  readonly release: string;
  /** null: the release does not have it. */
  readonly state: EndpointState | null;
}

const states: Readonly<Record<string, EndpointState>> = {
  [historyLetters['conformance tested']]: 'conformance',
  [historyLetters.tested]: 'tested',
  [historyLetters.untested]: 'untested',
  [historyLetters.deprecated]: 'deprecated',
  [historyLetters.unknown]: 'unknown',
};

/** Reads the letters of an endpoint's history, newest release first. */
export function readHistory(releases: readonly string[], letters: string): HistoryCell[] {
  return releases.map((release, place) => ({ release, state: states[letters[place] ?? ''] ?? null }));
}

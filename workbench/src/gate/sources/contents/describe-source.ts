import type { SourceFacts, SourceRole } from '../../facts.ts';

const unknown = {
  digest: null,
  bytes: null,
  count: null,
  release: null,
  releaseFrom: null,
  date: null,
  dateFrom: null,
  commit: null,
  commitFrom: null,
  problems: [],
  notes: [],
} as const;

/** Describes a source; facts that are not given are unknown. */
export function describeSource(role: SourceRole, name: string, facts: Partial<SourceFacts> = {}): SourceFacts {
  return { role, name, ...unknown, ...facts };
}

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
  return { role, name: hideSecrets(name), ...unknown, ...facts };
}

/** A URL without its password and query, which may be a signature: answers are public. Other names are unchanged. */
export function hideSecrets(name: string): string {
  if (!/^https?:/i.test(name) || !URL.canParse(name)) return name;
  const { origin, pathname } = new URL(name);
  return `${origin}${pathname}`;
}

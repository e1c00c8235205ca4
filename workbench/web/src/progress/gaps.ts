import type { ProgressFile } from '../../../src/ui/data/model.ts';

/** What the figures of progress lack, as sentences. */
export function describeGaps({ history, releases, endpoints }: ProgressFile): string[] {
  const unknown = endpoints.filter(({ stableSince }) => stableSince === null).length;
  return [
    ...(history === null && releases.length === 0
      ? ["No history of conformance coverage is loaded; 'snoop load baseline' loads it."]
      : []),
    ...(endpoints.length === 0
      ? ['No endpoint is known to be eligible: no list of ineligible endpoints is loaded.']
      : []),
    ...(unknown === 0 ? [] : [`${unknown} eligible endpoints are left out: it is unknown since when they are stable.`]),
  ];
}

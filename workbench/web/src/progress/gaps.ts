import type { ProgressFile } from '../../../src/ui/data/model.ts';

/** What the figures of progress lack, as sentences. */
export function describeGaps({ history, releases, endpoints }: ProgressFile): string[] {
  const unknown = endpoints.filter(({ stableSince }) => stableSince === null).length;
  const unseen = releases.reduce((sum, release) => sum + release.unknown, 0);
  return [
    ...(history === null && releases.length === 0
      ? ["No history of conformance coverage is loaded; 'snoop load baseline' loads it."]
      : []),
    ...(endpoints.length === 0
      ? ['No endpoint is known to be eligible: no list of ineligible endpoints is loaded.']
      : []),
    ...(unseen === 0
      ? []
      : [`${unseen} eligible endpoints are left out: no loaded coverage can tell whether conformance tests hit them.`]),
    ...(unknown === 0 ? [] : [`${unknown} eligible endpoints are left out: it is unknown since when they are stable.`]),
  ];
}

import type { ProgressEndpoint } from '@snoop/snoopdb';
import { compareReleases } from '../parts/releases.ts';

/** Parts of the endpoints that are stable at the time of a release. "Tested" is by a conformance test. */
export const growthParts = [
  'old-tested',
  'old-newly-tested',
  'new-tested',
  'new-old-test',
  'new-untested',
  'old-untested',
] as const;
/** Parts of the endpoints that are untested at the time of a release. */
export const debtParts = ['debt-paid', 'debt-open'] as const;
/** Sums of parts. */
const sums = ['all', 'new', 'tested', 'debt', 'new-open'] as const;

export type GrowthPart = (typeof growthParts)[number];
export type DebtPart = (typeof debtParts)[number];
export type ProgressPart = GrowthPart | DebtPart | (typeof sums)[number];

export const partTitles: Readonly<Record<ProgressPart, string>> = {
  'old-tested': 'tested in an earlier release',
  'old-newly-tested': 'older endpoints, newly tested',
  'new-tested': 'new, with a new test',
  'new-old-test': 'new, with an older test',
  'new-untested': 'new, untested',
  'old-untested': 'older, still untested',
  'debt-paid': 'tested since',
  'debt-open': 'untested today',
  all: 'stable',
  new: 'new',
  tested: 'tested',
  debt: 'untested then',
  'new-open': 'new, untested today',
};

/** Whether an endpoint is new in a release or older, and whether its earliest test is older, of that release, or later. */
interface Position {
  readonly first: 'older' | 'same';
  readonly test: 'older' | 'same' | 'later' | 'none';
}

const isPartOf: Readonly<Record<ProgressPart, (position: Position) => boolean>> = {
  'old-tested': ({ first, test }) => first === 'older' && test === 'older',
  'old-newly-tested': ({ first, test }) => first === 'older' && test === 'same',
  'new-tested': ({ first, test }) => first === 'same' && test === 'same',
  'new-old-test': ({ first, test }) => first === 'same' && test === 'older',
  'new-untested': ({ first, test }) => first === 'same' && isUntested(test),
  'old-untested': ({ first, test }) => first === 'older' && isUntested(test),
  'debt-paid': ({ test }) => test === 'later',
  'debt-open': ({ test }) => test === 'none',
  all: () => true,
  new: ({ first }) => first === 'same',
  tested: ({ test }) => !isUntested(test),
  debt: ({ test }) => isUntested(test),
  'new-open': ({ first, test }) => first === 'same' && test === 'none',
};

function isUntested(test: Position['test']): boolean {
  return test === 'later' || test === 'none';
}

export function readPart(text: string | undefined): ProgressPart | null {
  return text !== undefined && Object.hasOwn(partTitles, text) ? (text as ProgressPart) : null;
}

/** Finds the endpoints of a part. Endpoints that became stable in an unknown release are in none, as in the questions. */
export type PartFinder = (release: string, part: ProgressPart) => readonly ProgressEndpoint[];

export function createPartFinder(endpoints: readonly ProgressEndpoint[]): PartFinder {
  const known = new Map<string, readonly Placed[]>();
  return (release, part) => {
    const placed = known.get(release) ?? placeEndpoints(endpoints, release);
    known.set(release, placed);
    return placed.filter(({ position }) => isPartOf[part](position)).map(({ endpoint }) => endpoint);
  };
}

interface Placed {
  readonly endpoint: ProgressEndpoint;
  readonly position: Position;
}

/** Places the endpoints that are stable in a release. */
function placeEndpoints(endpoints: readonly ProgressEndpoint[], release: string): Placed[] {
  const orders = new Map<string, number>();
  const compare = (other: string): number => {
    const order = orders.get(other) ?? compareReleases(other, release);
    orders.set(other, order);
    return order;
  };
  return endpoints.flatMap((endpoint) => {
    const { stableSince, testedSince } = endpoint;
    if (stableSince === null || compare(stableSince) > 0) return [];
    const first = compare(stableSince) < 0 ? 'older' : 'same';
    return [
      { endpoint, position: { first, test: testedSince === null ? 'none' : describeOrder(compare(testedSince)) } },
    ];
  });
}

function describeOrder(order: number): Position['test'] {
  return order < 0 ? 'older' : order === 0 ? 'same' : 'later';
}

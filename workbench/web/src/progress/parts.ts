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
  const found = new Map<string, readonly ProgressEndpoint[]>();
  return (release, part) => {
    const key = `${release} ${part}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const rows = endpoints.filter((endpoint) => {
      const position = findPosition(endpoint, release);
      return position !== null && isPartOf[part](position);
    });
    found.set(key, rows);
    return rows;
  };
}

/** null: it is not stable then, or that is unknown. */
function findPosition({ stableSince, testedSince }: ProgressEndpoint, release: string): Position | null {
  const first = stableSince === null ? 1 : compare(stableSince, release);
  if (first > 0) return null;
  return {
    first: first < 0 ? 'older' : 'same',
    test: testedSince === null ? 'none' : describeTest(testedSince, release),
  };
}

function describeTest(testedSince: string, release: string): Position['test'] {
  const order = compare(testedSince, release);
  return order < 0 ? 'older' : order === 0 ? 'same' : 'later';
}

const orders = new Map<string, number>();

/** A page compares the same few releases about 100,000 times. */
function compare(left: string, right: string): number {
  const key = `${left} ${right}`;
  let order = orders.get(key);
  if (order === undefined) {
    order = compareReleases(left, right);
    orders.set(key, order);
  }
  return order;
}

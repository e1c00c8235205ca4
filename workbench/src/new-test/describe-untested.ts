import { count } from '../output/quantities.ts';

/** Numbers of endpoints of a written test's steps. */
interface StepEndpoints {
  readonly endpoints: number;
  /** Those that no e2e test or no conformance test hits. */
  readonly untested: number;
  /** Those with unknown coverage: neither tested nor untested. */
  readonly unknown: number;
}

/** Describes how many endpoints of a written test's steps are untested. */
export function describeUntested({ endpoints, untested, unknown }: StepEndpoints): string {
  if (unknown > 0 && unknown === endpoints) return `the coverage of all ${count(endpoints, 'endpoint')} is unknown`;
  const rest = unknown === 0 ? '' : `; the coverage of ${unknown} is unknown`;
  if (untested > 0) return `${untested} of ${count(endpoints, 'endpoint')} of its steps${rest}`;
  const hit = `${unknown === 0 ? 'all ' : ''}${count(endpoints - unknown, 'endpoint')}`;
  return `nothing: e2e and conformance tests hit ${hit} of its steps${rest}`;
}

import type { EndpointAnswer } from '@snoop/snoopdb';
import { count } from '../output/quantities.ts';

/** Number of e2e tests that hit an endpoint, and of conformance tests among them. */
export interface TestCounts {
  readonly all: number;
  readonly conformance: number;
}

type Covered = Pick<EndpointAnswer, 'deprecated' | 'tested' | 'confTested' | 'unknown'>;
type Eligibility = NonNullable<EndpointAnswer['eligibility']>;

/** Describes which tests of a release hit an endpoint: `yes, by 3 tests, no conformance test among them`. */
export function describeTested(
  { deprecated, tested, confTested, unknown }: Covered,
  tests: TestCounts,
  release: string,
): string {
  if (deprecated) return 'not counted: it is deprecated';
  if (unknown !== null) return `unknown: ${unknown}`;
  if (tested === null) return `unknown: no coverage of ${release} is loaded`;
  if (!tested) return 'no';
  const among = confTested ? count(tests.conformance, 'conformance test') : 'no conformance test';
  return `yes, by ${count(tests.all, 'test')}, ${among} among them`;
}

/** Describes whether a conformance test hits an eligible endpoint; null: not eligible, or unknown. */
export function describeConformance(
  { eligible, tested, confTested }: Pick<Covered, 'tested' | 'confTested'> & Pick<Eligibility, 'eligible'>,
  { conformance }: TestCounts,
): string | null {
  if (eligible !== true || confTested === null) return null;
  if (confTested) return conformance === 0 ? 'tested' : `tested, by ${count(conformance, 'conformance test')}`;
  return tested === true ? 'not tested: only other e2e tests hit it' : 'not tested';
}

/** `yes`, `yes; its test is pending`, `no: optional feature`. */
export function describeEligibility({ eligible, reason, pending }: Omit<Eligibility, 'link'>): string {
  if (eligible === null) return reason ?? 'unknown';
  if (eligible) return pending ? 'yes; its test is pending' : 'yes';
  return `no: ${reason ?? 'unknown'}`;
}

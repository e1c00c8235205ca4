import type { DetailsFile, EndpointDetails, TableRow } from '../../../src/ui/data/model.ts';

/** The sentences of `snoop endpoint` about coverage. */

/** Number of e2e tests that hit an endpoint, all tests without a name as one, and of conformance tests among them. */
export function countTests(
  { tests, namelessHit }: EndpointDetails,
  details: Pick<DetailsFile, 'tests'>,
): { all: number; conformance: number } {
  const conformance = tests.filter((place) => details.tests[place]?.conformance).length;
  return { all: tests.length + Number(namelessHit), conformance };
}

export function describeTested(
  row: TableRow,
  more: EndpointDetails,
  details: Pick<DetailsFile, 'tests'>,
  release: string,
): string {
  if (row.deprecated) return 'not counted: it is deprecated';
  if (row.tested === null) return `unknown: no coverage of ${release} is loaded`;
  if (!row.tested) return 'no';
  const { all, conformance } = countTests(more, details);
  return `yes, by ${count(all, 'test')}, ${row.confTested ? count(conformance, 'conformance test') : 'no conformance test'} among them`;
}

/** Only of eligible endpoints; null: not eligible, or unknown. */
export function describeConformance(
  row: TableRow,
  more: EndpointDetails,
  details: Pick<DetailsFile, 'tests'>,
): string | null {
  if (row.eligible !== true || row.confTested === null) return null;
  const { conformance } = countTests(more, details);
  if (row.confTested) return conformance === 0 ? 'tested' : `tested, by ${count(conformance, 'conformance test')}`;
  return row.tested === true ? 'not tested: only other e2e tests hit it' : 'not tested';
}

export function describeEligibility({ eligible, reason, pending }: TableRow): string {
  if (eligible === null) return reason ?? 'unknown';
  if (eligible) return pending ? 'yes; its test is pending' : 'yes';
  return `no: ${reason ?? 'unknown'}`;
}

/** `1 test`, `2 tests`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

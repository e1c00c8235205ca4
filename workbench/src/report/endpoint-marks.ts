/** Not hit by an e2e test of the baseline, and hit now. */
export const untestedMark = 'untested until now';
/** Eligible, not hit by a conformance test of the baseline, and hit now. */
export const conformanceMark = 'in no conformance test until now';
/** The coverage of the baseline cannot tell if tests hit it. */
export const unknownMark = 'coverage unknown: changes no number';

/** @param tested of the endpoint, by e2e or conformance tests */
export function formatTested({ unknown }: { readonly unknown: boolean }, tested: boolean): string {
  return unknown ? 'unknown' : tested ? 'yes' : 'no';
}

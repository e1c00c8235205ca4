/** Not hit by an e2e test of the baseline, and hit now. */
export const untestedMark = 'untested until now';
/** Eligible, not hit by a conformance test of the baseline, and hit now. */
export const conformanceMark = 'in no conformance test until now';

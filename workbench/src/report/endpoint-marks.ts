/** Hit by no e2e test of the baseline, and hit now. */
export const untestedMark = 'untested until now';
/** Eligible, hit by no conformance test of the baseline, and hit now. */
export const conformanceMark = 'in no conformance test until now';

import { expect, test } from 'vitest';
import { findState } from '../../../web/src/parts/endpoint-state.ts';

const stable = { level: 'stable', deprecated: false, eligible: true, tested: false, confTested: false } as const;

test.each([
  [stable, 'untested'],
  [{ ...stable, tested: true }, 'tested'],
  [{ ...stable, tested: true, confTested: true }, 'conformance'],
  [{ ...stable, eligible: false }, 'ineligible'],
  [{ ...stable, eligible: false, tested: true }, 'tested'],
  [{ ...stable, eligible: null }, 'untested'],
  [{ ...stable, level: 'beta', eligible: false } as const, 'untested'],
  [{ ...stable, tested: null, confTested: null }, 'unknown'],
  [{ ...stable, deprecated: true, tested: null, confTested: null }, 'deprecated'],
])('%o is %s', (row, state) => {
  expect(findState(row)).toBe(state);
});

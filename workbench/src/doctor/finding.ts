import { faults, fillIn } from './faults.ts';
import type { FaultName, FaultValues } from './faults.ts';

/** What a station found. */
export type Finding =
  | { readonly state: 'ok'; readonly sentence: string }
  | {
      readonly state: 'wrong';
      readonly fault: FaultName;
      readonly sentence: string;
      readonly advice: readonly string[];
    }
  /** `needed` is false for what cannot be checked here and need not be. */
  | { readonly state: 'not checked'; readonly sentence: string; readonly needed: boolean };

export function ok(sentence: string): Finding {
  return { state: 'ok', sentence };
}

/** @param more advice of an error, before that of the fault */
export function wrong<Name extends FaultName>(
  fault: Name,
  values: FaultValues<Name>,
  more: readonly string[] = [],
): Finding {
  const { sentence, advice } = faults[fault];
  const filled = fillIn(sentence, values);
  return {
    state: 'wrong',
    fault,
    sentence: /[.?!]$/.test(filled) ? filled : `${filled}.`,
    advice: [...new Set([...more, ...advice.map((line) => fillIn(line, values))])],
  };
}

/** @param reason the rest of "not checked, because …", without a full stop */
export function notChecked(reason: string): Finding {
  return { state: 'not checked', sentence: `Not checked, because ${reason}.`, needed: true };
}

/** For what need not be checked. @param reason as for {@link notChecked} */
export function skipped(reason: string): Finding {
  return { state: 'not checked', sentence: `Not checked, because ${reason}.`, needed: false };
}

/** 0: all right; 1: something is wrong; 3: nothing is wrong, but not everything could be checked. */
export function chooseExitCode(findings: readonly Finding[]): 0 | 1 | 3 {
  if (findings.some(({ state }) => state === 'wrong')) return 1;
  return findings.some((one) => one.state === 'not checked' && one.needed) ? 3 : 0;
}

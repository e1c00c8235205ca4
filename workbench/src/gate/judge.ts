import type { GateAnswer } from './answer.ts';
import type { GateFacts, GateRules } from './facts.ts';

/** The rules of a gate without flags. */
export const defaultRules: GateRules = {
  levels: ['stable'],
  debt: false,
  anyTest: false,
  grace: 0,
  pendingLimit: null,
  strictLists: false,
  partial: false,
  maxAgeMs: 14 * 24 * 60 * 60 * 1000,
  groups: null,
};

/** Judges facts by rules, without reading anything. */
export function judgeGate(_facts: GateFacts, _rules: GateRules = defaultRules): GateAnswer {
  throw new Error('to come');
}

import type { Level } from './level.ts';

/** Why a list has an endpoint as ineligible. */
export interface IneligibleReason {
  readonly reason: string;
  readonly link: string;
}

/** Whether an endpoint can have a conformance test. */
export interface JudgedEligibility {
  readonly eligible: boolean;
  /** Why not; null: it is eligible. */
  readonly reason: string | null;
  /** Where that was decided; null: not decided by a list. */
  readonly link: string | null;
}

/**
 * Judges as the view conformance.endpoint_eligibility does: stable, not deprecated, not on the list of ineligible
 * endpoints. Pending endpoints are eligible.
 *
 * @param listed its entry in the list of ineligible endpoints; undefined: none
 */
export function judgeEligibility(
  { level, deprecated }: { readonly level: Level; readonly deprecated: boolean },
  listed: IneligibleReason | undefined,
): JudgedEligibility {
  if (listed) return { eligible: false, ...listed };
  const reason = deprecated ? 'it is deprecated' : level === 'stable' ? null : `it is ${level}`;
  return { eligible: reason === null, reason, link: null };
}

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

/** Whether an endpoint is stable, not deprecated and not on the list of ineligible endpoints. */
export function isEligible(
  { level, deprecated }: { readonly level: Level; readonly deprecated: boolean },
  isListed: boolean,
): boolean {
  return level === 'stable' && !deprecated && !isListed;
}

/**
 * Judges as the view conformance.endpoint_eligibility does, by {@link isEligible}. Pending endpoints are eligible.
 *
 * @param listed its entry in the list of ineligible endpoints; undefined: none
 */
export function judgeEligibility(
  endpoint: { readonly level: Level; readonly deprecated: boolean },
  listed: IneligibleReason | undefined,
): JudgedEligibility {
  const eligible = isEligible(endpoint, listed !== undefined);
  if (eligible) return { eligible, reason: null, link: null };
  if (listed) return { eligible, ...listed };
  return { eligible, reason: endpoint.deprecated ? 'it is deprecated' : `it is ${endpoint.level}`, link: null };
}

import type { FollowedEvent } from '@snoop/snoopdb';
import { isOwnTraffic } from './own-traffic.ts';
import type { Pattern } from './pattern.ts';

export interface TailedEvent extends FollowedEvent {
  /**
   * A hit of an endpoint of the baseline that is not deprecated and not hit by an e2e test, as in reports. True for
   * every such event, not only the first, since live tests make no endpoint tested.
   */
  readonly untestedUntilNow: boolean;
}

export interface TailFilter {
  /** Matches the whole user agent, including the test's name. */
  readonly agent?: Pattern | undefined;
  readonly endpoint?: Pattern | undefined;
  readonly source?: Pattern | undefined;
  readonly untestedOnly: boolean;
  /** Include requests of the cluster itself and of snoop. */
  readonly all: boolean;
}

/** Whether an event matches the filter, except for `untestedUntilNow`. */
export function matchesFilter(
  event: FollowedEvent,
  { agent, endpoint, source, untestedOnly, all }: TailFilter,
): boolean {
  if (!all && isOwnTraffic(event)) return false;
  if (untestedOnly && !event.isHit) return false;
  if (source && !source(event.source)) return false;
  if (endpoint && (event.endpoint === null || !endpoint(event.endpoint))) return false;
  return !agent || (event.agent !== null && agent(event.agent));
}

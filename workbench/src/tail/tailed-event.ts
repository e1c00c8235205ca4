import type { FollowedEvent } from '@snoop/snoopdb';
import { isOwnTraffic } from './own-traffic.ts';
import type { Pattern } from './pattern.ts';

/** An event as it is shown. */
export interface TailedEvent extends FollowedEvent {
  /**
   * It is a hit of an endpoint of the baseline that is not deprecated and that no e2e test hits: what reports call by
   * these words. Each such event has it, not only the first: live tests make no endpoint tested.
   */
  readonly untestedUntilNow: boolean;
}

/** What narrows the events; what is not given does not. */
export interface TailFilter {
  /** Of the user agent as it was sent, the test's name included. */
  readonly agent?: Pattern | undefined;
  readonly endpoint?: Pattern | undefined;
  readonly source?: Pattern | undefined;
  readonly untestedOnly: boolean;
  /** What the cluster does by itself, and what the workbench asks of it, are wanted too. */
  readonly all: boolean;
}

/** Whether an event is wanted, as far as it can be said without knowing what is tested. */
export function isWanted(event: FollowedEvent, { agent, endpoint, source, untestedOnly, all }: TailFilter): boolean {
  if (!all && isOwnTraffic(event)) return false;
  if (untestedOnly && !event.isHit) return false;
  if (source && !source(event.source)) return false;
  if (endpoint && (event.endpoint === null || !endpoint(event.endpoint))) return false;
  return !agent || (event.agent !== null && agent(event.agent));
}

import type { Agent } from '../events/test-agent.ts';
import { copyText, truncateText } from '../storable-text.ts';
import { createHitLimiter, toOtherHit } from './hit-quota.ts';
import { type Hit, type HitOrigin, type Hits, type HittingEvent, createHitKey } from './hit.ts';
import type { KnownHits } from './known-hits.ts';

/** Senders choose these texts. The API server truncates the whole agent at 1024 bytes. */
const maxNameLength = 1100;
const maxSampleUriLength = 500;
/** For all hits: made-up agents and tests must not fill the memory before they are saved. */
const maxCharacters = 32 * 1024 * 1024;

/** Collects the hits that events prove. */
export interface HitFinder {
  readonly hits: Hits;
  /** Approximate size of the hits' texts. */
  readonly characters: number;
  add(events: Iterable<HittingEvent>): void;
}

/**
 * @param options.known committed hits, which are skipped
 * @param options.limit of hits in each class; the others count for the class's `other`
 */
export function createHitFinder(
  origin: HitOrigin,
  { known, limit = Number.POSITIVE_INFINITY }: { known?: KnownHits; limit?: number } = {},
): HitFinder {
  const hits: Hits = new Map();
  // A sender has few agents and sends them with every event. Entries are removed when the reader's cache drops the agent.
  const byAgent = new WeakMap<Agent, Map<string, Hit>>();
  const hasRoom = createHitLimiter(limit);
  let characters = 0;

  function addEvent(event: HittingEvent): void {
    const { agent, endpoint, isHit } = event;
    if (!isHit || endpoint === null) return;
    const found = agent && byAgent.get(agent)?.get(endpoint);
    if (found) {
      updateFirstSeen(found, event);
      return;
    }
    if (agent && known?.hasForAgent(agent, origin, endpoint)) return;
    const name = agent ? truncateText(agent.name, maxNameLength) : '';
    const test = agent?.test ? truncateText(agent.test, maxNameLength) : null;
    const key = createHitKey(origin, endpoint, name, test);
    if (known?.has(key)) {
      if (agent) known.addForAgent(agent, origin, endpoint);
      return;
    }
    const before = hits.get(key);
    if (before) {
      updateFirstSeen(before, event);
      if (agent) remember(agent, before);
      return;
    }
    const hit = createHit(endpoint, name, test, event);
    if (characters < maxCharacters && hasRoom(hit)) addHit(key, hit);
    else addOther(toOtherHit(hit));
  }

  function remember(agent: Agent, hit: Hit): void {
    const endpoints = byAgent.get(agent);
    if (endpoints) endpoints.set(hit.endpoint, hit);
    else byAgent.set(agent, new Map([[hit.endpoint, hit]]));
  }

  function addHit(key: string, hit: Hit): void {
    hits.set(key, hit);
    characters += key.length + (hit.sampleUri?.length ?? 0);
  }

  function addOther(other: Hit): void {
    const key = createHitKey(origin, other.endpoint, other.agent, other.test);
    const before = hits.get(key);
    if (!before) addHit(key, other);
    else before.confTestHit ||= other.confTestHit;
  }

  return {
    hits,
    get characters() {
      return characters;
    },
    add(events) {
      for (const event of events) addEvent(event);
    },
  };
}

function createHit(endpoint: string, name: string, test: string | null, { agent, slice }: HittingEvent): Hit {
  // Slices of a cached agent share its text; a longer agent must not stay in memory.
  const isForeign = (slice?.userAgent?.length ?? 0) > maxNameLength;
  return {
    endpoint,
    agent: isForeign ? copyText(name) : name,
    test: isForeign && test !== null ? copyText(test) : test,
    testHit: agent?.testHit ?? false,
    confTestHit: agent?.confTestHit ?? false,
    testCut: agent?.testCut ?? false,
    firstSeenAt: slice?.requestedAt ?? null,
    sampleVerb: slice?.verb ?? null,
    sampleUri: slice?.requestUri ? truncateText(slice.requestUri, maxSampleUriLength) : null,
    sampleCode: slice?.code ?? null,
  };
}

function updateFirstSeen(hit: Hit, { slice }: HittingEvent): void {
  const seenAt = slice?.requestedAt ?? null;
  if (seenAt !== null && seenAt < (hit.firstSeenAt ?? Number.POSITIVE_INFINITY)) hit.firstSeenAt = seenAt;
}

import type { Agent } from '../events/test-agent.ts';
import { copyText, cutText } from '../storable-text.ts';
import { createRoom, makeOther } from './hit-quota.ts';
import { type Hit, type HitOrigin, type Hits, type HittingEvent, makeKey } from './hit.ts';
import type { KnownHits } from './known-hits.ts';

/** A sender chooses these: so much of them is kept. The API server cuts the whole agent at 1024 bytes. */
const longestName = 1100;
const longestSampleUri = 500;
/** All hits together: agents and tests of a log that makes them up must not fill the memory before they are saved. */
const mostCharacters = 32 * 1024 * 1024;

/** Gathers the hits that events prove. */
export interface HitFinder {
  readonly hits: Hits;
  /** What the texts of the hits take, about. */
  readonly characters: number;
  add(events: Iterable<HittingEvent>): void;
}

/**
 * @param options.known hits that are committed already: they are left out
 * @param options.limit hits of each class that are told apart; one beyond them counts for the `other` of its class
 */
export function createHitFinder(
  origin: HitOrigin,
  { known, limit = Number.POSITIVE_INFINITY }: { known?: KnownHits; limit?: number } = {},
): HitFinder {
  const hits: Hits = new Map();
  // A sender has few agents and sends them with every event. One that its reader forgets is forgotten here too.
  const byAgent = new WeakMap<Agent, Map<string, Hit>>();
  const hasRoom = createRoom(limit);
  let characters = 0;

  function addEvent(event: HittingEvent): void {
    const { agent, endpoint, isHit } = event;
    if (!isHit || endpoint === null) return;
    const found = agent && byAgent.get(agent)?.get(endpoint);
    if (found) {
      noteSeen(found, event);
      return;
    }
    if (agent && known?.hasFor(agent, origin, endpoint)) return;
    const name = agent ? cutText(agent.name, longestName) : '';
    const test = agent?.test ? cutText(agent.test, longestName) : null;
    const key = makeKey(origin, endpoint, name, test);
    if (known?.has(key)) {
      if (agent) known.noteFor(agent, origin, endpoint);
      return;
    }
    const before = hits.get(key);
    if (before) {
      noteSeen(before, event);
      if (agent) remember(agent, before);
      return;
    }
    const hit = makeHit(endpoint, name, test, event);
    if (characters < mostCharacters && hasRoom(hit)) keep(key, hit);
    else addOther(makeOther(hit));
  }

  function remember(agent: Agent, hit: Hit): void {
    const endpoints = byAgent.get(agent);
    if (endpoints) endpoints.set(hit.endpoint, hit);
    else byAgent.set(agent, new Map([[hit.endpoint, hit]]));
  }

  function keep(key: string, hit: Hit): void {
    hits.set(key, hit);
    characters += key.length + (hit.sampleUri?.length ?? 0);
  }

  function addOther(other: Hit): void {
    const key = makeKey(origin, other.endpoint, other.agent, other.test);
    const before = hits.get(key);
    if (!before) keep(key, other);
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

function makeHit(endpoint: string, name: string, test: string | null, { agent, slice }: HittingEvent): Hit {
  // Parts of an agent that its reader remembers share its text; what is longer ends with its event.
  const isForeign = (slice?.userAgent?.length ?? 0) > longestName;
  return {
    endpoint,
    agent: isForeign ? copyText(name) : name,
    test: isForeign && test !== null ? copyText(test) : test,
    testHit: agent?.testHit ?? false,
    confTestHit: agent?.confTestHit ?? false,
    testCut: agent?.testCut ?? false,
    firstSeenAt: slice?.requestedAt ?? null,
    sampleVerb: slice?.verb ?? null,
    sampleUri: slice?.requestUri ? cutText(slice.requestUri, longestSampleUri) : null,
    sampleCode: slice?.code ?? null,
  };
}

function noteSeen(hit: Hit, { slice }: HittingEvent): void {
  const seenAt = slice?.requestedAt ?? null;
  if (seenAt !== null && seenAt < (hit.firstSeenAt ?? Number.POSITIVE_INFINITY)) hit.firstSeenAt = seenAt;
}

import type { Agent } from '../events/test-agent.ts';
import { cutText } from '../postgres/storable-text.ts';
import { makeOther } from './hit-quota.ts';
import { type Hit, type HitOrigin, type Hits, type HittingEvent, makeKey } from './hit.ts';
import type { KnownHits } from './known-hits.ts';

/** A sender chooses these: so much of them is kept. The API server cuts the whole agent at 1024 bytes. */
const longestName = 1100;
const longestSampleUri = 500;

/**
 * The hits that events prove, without those that `known` says are committed already.
 * @param hits where they are added
 * @param hasRoom whether a new one may be told apart from others; else it is an `other`
 * @param ofAgent what was found before, by agent: a sender has few agents and sends them with every event
 */
export function findHits(
  events: Iterable<HittingEvent>,
  origin: HitOrigin,
  known?: KnownHits,
  hits: Hits = new Map(),
  hasRoom: (hit: Hit) => boolean = () => true,
  ofAgent?: HitsOfAgents,
): Hits {
  for (const event of events) {
    const { agent, endpoint, isHit } = event;
    if (!isHit || endpoint === null) continue;
    const found = agent && ofAgent?.get(agent)?.get(endpoint);
    if (found) {
      noteSeen(found, event);
      continue;
    }
    if (agent && known?.hasFor(agent, origin, endpoint)) continue;
    const name = agent ? cutText(agent.name, longestName) : '';
    const test = agent?.test ? cutText(agent.test, longestName) : null;
    const key = makeKey(origin, endpoint, name, test);
    if (known?.has(key)) {
      if (agent) known.noteFor(agent, origin, endpoint);
      continue;
    }
    const before = hits.get(key);
    if (before) {
      noteSeen(before, event);
      if (agent && ofAgent) rememberHit(ofAgent, agent, before);
      continue;
    }
    const hit = makeHit(endpoint, name, test, event);
    if (hasRoom(hit)) hits.set(key, hit);
    else addOther(hits, makeOther(hit), origin);
  }
  return hits;
}

/** Of an agent's object: one that is no longer remembered by its reader is forgotten here too. */
export type HitsOfAgents = WeakMap<Agent, Map<string, Hit>>;

function rememberHit(ofAgent: HitsOfAgents, agent: Agent, hit: Hit): void {
  const known = ofAgent.get(agent);
  if (known) known.set(hit.endpoint, hit);
  else ofAgent.set(agent, new Map([[hit.endpoint, hit]]));
}

function makeHit(endpoint: string, name: string, test: string | null, { agent, slice }: HittingEvent): Hit {
  return {
    endpoint,
    agent: name,
    test,
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

function addOther(hits: Hits, other: Hit, origin: HitOrigin): void {
  const key = makeKey(origin, other.endpoint, other.agent, other.test);
  const before = hits.get(key);
  if (!before) hits.set(key, other);
  else before.confTestHit ||= other.confTestHit;
}

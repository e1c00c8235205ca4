import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import type { EventSlice } from './event-list.ts';
import { type Agent, readAgent } from './test-agent.ts';

/** An event as it goes into the database: what was sent, and what we made of it. */
export interface AuditEvent {
  /** The body it came in. */
  body: Buffer;
  slice: EventSlice;
  /** Its place in the file it was loaded from, from 1 on; 0: it came with a body. */
  number: number;
  agent: Agent | null;
  endpoint: string | null;
  /** Why there is no endpoint. */
  reason: string | null;
  ambiguous: string | null;
  isDryRun: boolean;
  isHit: boolean;
}

/** What all events of one write have in common. */
export interface EventOrigin {
  source: string;
  release: string | null;
  revision: number;
}

/** Reads an agent; a sender's agents repeat, so the writer hands in one that remembers. */
export type AgentReader = (userAgent: string) => Agent;

/** Resolves an event and decides whether it proves a hit. Never throws. */
export function interpretEvent(
  body: Buffer,
  slice: EventSlice,
  resolver: EndpointResolver,
  agentOf: AgentReader = readAgent,
  number = 0,
): AuditEvent {
  const resolution = resolver.resolve({ verb: slice.verb ?? '?', requestURI: slice.requestUri ?? '' });
  const isDryRun = hasDryRun(slice.requestUri);
  return {
    body,
    slice,
    number,
    agent: slice.userAgent === null ? null : agentOf(slice.userAgent),
    endpoint: resolution.endpoint,
    reason: resolution.endpoint === null ? resolution.reason : null,
    ambiguous: resolution.endpoint === null ? null : (resolution.ambiguous ?? null),
    isDryRun,
    isHit: resolution.endpoint !== null && provesSuccess(slice.stage, slice.code) && !isDryRun,
  };
}

/** Whether a stage with this code proves that the request succeeded: 2xx, or 101 for an upgrade. */
export function provesSuccess(stage: string | null, code: number | null): boolean {
  return stage !== 'RequestReceived' && isSuccess(code);
}

export function isSuccess(code: number | null): boolean {
  return code !== null && ((code >= 200 && code < 300) || code === 101);
}

/** Whether `dryRun` stands in the query. One that stands only in the request's body cannot be seen. */
export function hasDryRun(requestUri: string | null): boolean {
  const query = requestUri?.indexOf('?') ?? -1;
  if (requestUri === null || query < 0) return false;
  // The two forms a query can have it in: as it is, or with escapes, which nobody sends but anybody may.
  const text = requestUri.slice(query + 1);
  if (!text.includes('dryRun') && !text.includes('%')) return false;
  return new URLSearchParams(text).has('dryRun');
}

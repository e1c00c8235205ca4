import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { hasDryRun, hasDryRunBody } from './dry-run.ts';
import type { EventSlice } from './event-list.ts';
import { type Agent, readAgent } from './test-agent.ts';

/** What an event's request means. */
export interface Interpretation {
  endpoint: string | null;
  /** Why there is no endpoint. */
  reason: string | null;
  ambiguous: string | null;
  /** Whether the event proves that a request hit the endpoint. */
  isHit: boolean;
}

/** An event as it goes into the database: what was sent, and what it means. */
export interface AuditEvent extends Interpretation {
  /** The bytes it came in. */
  body: Buffer;
  slice: EventSlice;
  /** Null: it came with a body. */
  place: LogPlace | null;
  agent: Agent | null;
  isDryRun: boolean;
}

/** Where an event stands in the log it was loaded from. */
export interface LogPlace {
  /** From 1 on. */
  number: number;
  /** The line in which it begins, from 1 on. */
  line: number;
  /** Where it begins, in bytes from the beginning of the log, unpacked. */
  byteOffset: number;
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
  readOneAgent: AgentReader = readAgent,
  place: LogPlace | null = null,
): AuditEvent {
  const isDryRun = hasDryRun(slice.requestUri) || (slice.requestObjectAt !== null && hasDryRunBody(body, slice));
  const { endpoint, reason, ambiguous, isHit } = interpretRequest(slice, isDryRun, resolver);
  const agent = slice.userAgent === null ? null : readOneAgent(slice.userAgent);
  return { body, slice, place, agent, endpoint, reason, ambiguous, isDryRun, isHit };
}

/** The same for a request of which only this is at hand. */
export function interpretRequest(
  { verb, requestUri, stage, code }: Pick<EventSlice, 'verb' | 'requestUri' | 'stage' | 'code'>,
  isDryRun: boolean,
  resolver: EndpointResolver,
): Interpretation {
  const resolution = resolver.resolve({ verb: verb ?? '?', requestURI: requestUri ?? '' });
  if (resolution.endpoint === null) {
    return { endpoint: null, reason: resolution.reason, ambiguous: null, isHit: false };
  }
  const { endpoint, ambiguous = null } = resolution;
  return { endpoint, reason: null, ambiguous, isHit: provesSuccess(stage, code) && !isDryRun };
}

/** Whether a stage with this code proves that the request succeeded: 2xx, or 101 for an upgrade. */
function provesSuccess(stage: string | null, code: number | null): boolean {
  return stage !== 'RequestReceived' && isSuccess(code);
}

export function isSuccess(code: number | null): boolean {
  return code !== null && ((code >= 200 && code < 300) || code === 101);
}

import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { provesHit } from '../rules/hit.ts';
import { hasDryRun, hasDryRunBody } from './dry-run.ts';
import type { EventSlice } from './event-list.ts';
import { type Agent, readAgent } from './test-agent.ts';

export interface Interpretation {
  endpoint: string | null;
  reason: string | null;
  ambiguous: string | null;
  /** Whether the event proves a hit. */
  isHit: boolean;
}

/** An event as it is stored: what was sent, and its meaning. */
export interface AuditEvent extends Interpretation {
  /** The bytes that contain it. */
  body: Buffer;
  slice: EventSlice;
  /** Null for an event of a body. */
  place: LogPlace | null;
  agent: Agent | null;
  isDryRun: boolean;
}

/** The location of an event in the log it was loaded from. */
export interface LogPlace {
  /** From 1. */
  number: number;
  /** The line in which it begins, from 1. */
  line: number;
  /** Offset in bytes in the unpacked log. */
  byteOffset: number;
}

/** What all events of a write have in common. */
export interface EventOrigin {
  source: string;
  release: string | null;
  revision: number;
}

/** Parses a user agent. A sender's agents repeat, so the writer uses a caching one. */
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

/** Resolves a request of which only these fields are known. */
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
  return { endpoint, reason: null, ambiguous, isHit: provesHit({ stage, code }, isDryRun) };
}

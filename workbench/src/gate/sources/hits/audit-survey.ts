import { createAgentReader, createTestFinder, findRepeatedKey, interpretEvent, readAgentFacts } from '@snoop/snoopdb';
import type { Agent, AgentFacts, AuditEvent, LoggedEvent } from '@snoop/snoopdb';
import { isOfGroups } from '../../groups.ts';
import { BoundedSet } from './agent-facts.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import { HitTable } from './hit-table.ts';
import type { HitsOptions } from './options.ts';
import { findPathResource } from './path-resource.ts';
import { RequestSample } from './request-sample.ts';

/** The first and last time of something, in milliseconds since 1970; null: never. */
export interface TimeSpan {
  firstMs: number | null;
  lastMs: number | null;
}

/** Everything that is kept of the events of audit logs: bounded, however many there are. */
export interface AuditSurvey {
  events: number;
  /** Lines and records without an event, and why the first one has none. */
  rejected: number;
  firstRejected: string | null;
  withoutAgent: number;
  /** Events of tests whose names were truncated and are not listed. */
  cutNames: number;
  readonly stages: Map<string, number>;
  readonly verbs: BoundedSet;
  /** Of tests and servers: releases and commits of their programs. */
  readonly testReleases: BoundedSet;
  readonly testCommits: BoundedSet;
  readonly serverReleases: BoundedSet;
  readonly serverCommits: BoundedSet;
  hasControllerManager: boolean;
  readonly tests: TimeSpan;
  readonly all: TimeSpan;
  readonly hits: HitTable;
  /** Endpoints with any event; with an event of a test; with one after RequestReceived. */
  readonly seen: Set<string>;
  readonly requested: Set<string>;
  readonly answered: Set<string>;
  /** Successful requests of tests that the document does not have. */
  readonly unknown: BoundedSet;
  /** Agents that look like tests; with groups, those that hit the groups without being accepted. */
  readonly nearAgents: BoundedSet;
  readonly otherAgents: BoundedSet;
  readonly requests: RequestSample;
}

export function createSurvey(): AuditSurvey {
  return {
    events: 0,
    rejected: 0,
    firstRejected: null,
    withoutAgent: 0,
    cutNames: 0,
    stages: new Map(),
    verbs: new BoundedSet(50),
    testReleases: new BoundedSet(50),
    testCommits: new BoundedSet(50),
    serverReleases: new BoundedSet(50),
    serverCommits: new BoundedSet(50),
    hasControllerManager: false,
    tests: { firstMs: null, lastMs: null },
    all: { firstMs: null, lastMs: null },
    hits: new HitTable(),
    seen: new Set(),
    requested: new Set(),
    answered: new Set(),
    unknown: new BoundedSet(200),
    nearAgents: new BoundedSet(20),
    otherAgents: new BoundedSet(20),
    requests: new RequestSample(),
  };
}

/** Creates the function that adds events to a survey. */
export function createSurveyor(
  survey: AuditSurvey,
  document: DocumentEndpoints,
  { groups, tests }: Pick<HitsOptions, 'groups' | 'tests'>,
): (event: LoggedEvent, name: string) => void {
  const agents = createAgentReader();
  const listed = new Set(tests);
  agents.setTestFinder(createTestFinder(tests));
  const factsOf = new WeakMap<Agent, AgentFacts>();

  function readFacts(agent: Agent): AgentFacts {
    const before = factsOf.get(agent);
    if (before !== undefined) return before;
    const facts = readAgentFacts(agent);
    factsOf.set(agent, facts);
    noteAgent(survey, agent, facts);
    return facts;
  }

  function addTestEvent(event: AuditEvent & { agent: Agent }, logged: LoggedEvent, name: string): void {
    const { agent, endpoint, isHit, slice } = event;
    extend(survey.tests, slice.stagedAt ?? slice.requestedAt);
    if (agent.testCut && (agent.test === null || !listed.has(agent.test))) survey.cutNames += 1;
    if (endpoint === null) {
      const request = isSuccessful(slice) ? describeUnknown(slice, groups) : null;
      if (request !== null) survey.unknown.add(request);
      return;
    }
    if (!document.isJudged(endpoint)) return;
    survey.requested.add(endpoint);
    if (slice.stage !== 'RequestReceived') survey.answered.add(endpoint);
    if (!isHit || survey.hits.hasHit(endpoint, agent)) return;
    if (hasRepeatedKey(logged)) reject(logged, name, 'it has a key twice');
    else survey.hits.add(endpoint, agent);
  }

  function reject({ line }: LoggedEvent, name: string, reason: string): void {
    survey.rejected += 1;
    survey.firstRejected ??= `line ${line} of ${name}: ${reason}`;
  }

  return (logged, name) => {
    const { body, slice, shape } = logged;
    if (shape === null || slice.flaw !== null) {
      reject(logged, name, slice.flaw?.reason ?? 'no event');
      return;
    }
    survey.events += 1;
    const event = interpretEvent(body, slice, document.resolver, agents.read);
    const { agent, endpoint, isHit } = event;
    const stage = slice.stage ?? 'none';
    if (survey.stages.has(stage) || survey.stages.size < 10) {
      survey.stages.set(stage, (survey.stages.get(stage) ?? 0) + 1);
    }
    if (slice.verb !== null) survey.verbs.add(slice.verb);
    if (slice.auditId !== null) survey.requests.add(slice.auditId, stage);
    if (endpoint !== null) survey.seen.add(endpoint);
    extend(survey.all, slice.stagedAt ?? slice.requestedAt);
    if (agent === null) {
      survey.withoutAgent += 1;
      return;
    }
    const facts = readFacts(agent);
    if (agent.testHit || (groups !== null && agent.isLive)) {
      addTestEvent({ ...event, agent }, logged, name);
      return;
    }
    if (facts.resemblesTest) survey.nearAgents.add(agent.name);
    if (groups !== null && isHit && endpoint !== null && document.isJudged(endpoint))
      survey.otherAgents.add(agent.name);
  };
}

/**
 * Whether the event's own object has a key twice, as Kubernetes never writes: it would be unknown which value is right.
 * Objects in it may be what a client sent.
 */
function hasRepeatedKey({ body, slice }: LoggedEvent): boolean {
  return findRepeatedKey(body.toString('utf8', slice.start, slice.end), 1) !== null;
}

function noteAgent(survey: AuditSurvey, agent: Agent, { program, release, commit }: AgentFacts): void {
  if (program === 'kube-controller-manager') survey.hasControllerManager = true;
  if (program !== 'e2e.test' && program !== 'kube-apiserver') return;
  const isTest = agent.testHit;
  if (release !== null) (isTest ? survey.testReleases : survey.serverReleases).add(release);
  if (commit !== null) (isTest ? survey.testCommits : survey.serverCommits).add(commit);
}

/** @param timeUs microseconds since 1970 */
function extend(span: TimeSpan, timeUs: number | null): void {
  if (timeUs === null) return;
  const timeMs = timeUs / 1000;
  if (span.firstMs === null || timeMs < span.firstMs) span.firstMs = timeMs;
  if (span.lastMs === null || timeMs > span.lastMs) span.lastMs = timeMs;
}

function isSuccessful({ stage, code }: AuditEvent['slice']): boolean {
  return stage !== 'RequestReceived' && code !== null && code >= 200 && code < 300;
}

/** `get /apis/resource.k8s.io/v1beta2/deviceclasses`; null: a path of the tests' own resources, or of no resource. */
function describeUnknown({ verb, requestUri }: AuditEvent['slice'], groups: HitsOptions['groups']): string | null {
  const path = requestUri?.split('?', 1)[0] ?? '';
  const resource = findPathResource(path);
  if (resource === null || resource.resource === null) return null;
  const { group, version } = resource;
  const isJudged = groups === null ? !group.includes('.') || group.endsWith('.k8s.io') : isOfGroups(path, groups);
  if (!isJudged) return null;
  const root = group === '' ? '/api' : `/apis/${group}`;
  return `${verb ?? '?'} ${root}/${version}/${resource.resource}`;
}

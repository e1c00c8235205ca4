import {
  compareReleases,
  computeDocumentCoverage,
  type EndpointHit,
  type RunCoverage,
  type RunDocument,
} from '@snoop/snoopdb';
import { isKubernetesGroup } from './api-groups.ts';
import type { TicketEvidence } from './evidence.ts';
import { readApiVersion } from './kinds.ts';

export interface TicketRun {
  readonly document: RunDocument;
  /** Of all tests. */
  readonly coverage: RunCoverage;
  /** Of passed tests alone: what the ticket claims. */
  readonly passed: RunCoverage;
}

/** Endpoints that the ticket raises without being counted in N. */
export interface RaisedGroup {
  /** `other API`: of no API group of Kubernetes, such as a CRD's. */
  readonly what: 'ineligible' | 'beta' | 'alpha' | 'not in the baseline' | 'other API';
  /** Why they are not eligible, if a list has it. */
  readonly reason: { readonly reason: string; readonly link: string } | null;
  readonly endpoints: readonly EndpointHit[];
}

export interface TicketClaims {
  readonly runs: readonly TicketRun[];
  /** N: eligible endpoints that no conformance test of the baseline hits and that a passed test hit. */
  readonly counted: readonly EndpointHit[];
  /** Why N is not certain, to follow `because`; empty: it is. */
  readonly doubts: readonly string[];
  readonly raised: readonly RaisedGroup[];
}

/** Computes what a ticket claims, from its evidence alone. */
export function computeClaims({ runs: documents }: Pick<TicketEvidence, 'runs'>): TicketClaims {
  const runs = documents.map((document) => ({
    document,
    coverage: computeDocumentCoverage(document),
    passed: computeDocumentCoverage(document, { passedOnly: true }),
  }));
  const hits = mergeHits(runs);
  return {
    runs,
    counted: hits.filter((hit) => hit.newToConformance),
    doubts: listDoubts(runs, hits),
    raised: groupRaised(hits),
  };
}

/** The hits of passed tests, by name. Of several runs, that with the newest baseline tells whether an endpoint is new. */
function mergeHits(runs: readonly TicketRun[]): EndpointHit[] {
  const merged = new Map<string, EndpointHit>();
  const oldestFirst = runs.toSorted((a, b) => compareReleases(releaseOf(a), releaseOf(b)));
  for (const hit of oldestFirst.flatMap(({ passed }) => passed.endpoints)) {
    if (hit.hits > 0) merged.set(hit.endpoint, hit);
  }
  return [...merged.values()].sort((a, b) => compareText(a.endpoint, b.endpoint));
}

function releaseOf({ document: { baseline } }: TicketRun): string {
  return baseline.release;
}

function listDoubts(runs: readonly TicketRun[], hits: readonly EndpointHit[]): string[] {
  const incomplete = runs.flatMap(({ document: { baseline } }) => baseline.incomplete ?? []);
  const releases = new Set(runs.map(({ document: { baseline } }) => baseline.release));
  const unknown = hits.filter((hit) => hit.eligible && hit.unknown).map(({ endpoint }) => endpoint);
  return [
    ...[...new Set(incomplete)].map((why) => `the data of the baseline is incomplete. ${why}`),
    ...(releases.size > 1 ? [`the runs were compared with different baselines: ${[...releases].join(', ')}.`] : []),
    ...(unknown.length > 0
      ? [`the data of the baseline cannot tell if a conformance test hits ${unknown.join(', ')}.`]
      : []),
  ];
}

function groupRaised(hits: readonly EndpointHit[]): RaisedGroup[] {
  const groups = new Map<
    string,
    { what: RaisedGroup['what']; reason: RaisedGroup['reason']; endpoints: EndpointHit[] }
  >();
  for (const hit of hits) {
    const what = classify(hit);
    if (what === null) continue;
    const reason = what === 'ineligible' ? hit.ineligible : null;
    const key = JSON.stringify([what, reason]);
    const group = groups.get(key) ?? { what, reason, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(hit);
  }
  const order: readonly string[] = ['ineligible', 'beta', 'alpha', 'not in the baseline', 'other API'];
  return [...groups.values()].sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

/** null: it raises nothing, or is counted in N. */
function classify(hit: EndpointHit): RaisedGroup['what'] | null {
  if (hit.newToConformance || hit.deprecated) return null;
  if (!hit.inBaseline) {
    const api = readApiVersion(hit.path);
    return api === null || isKubernetesGroup(api.group) ? 'not in the baseline' : 'other API';
  }
  if (!hit.untestedUntilNow) return null;
  return hit.level === 'beta' || hit.level === 'alpha' ? hit.level : 'ineligible';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

import { findInputs, readAuditEvents, type ReleaseDocument } from '@snoop/snoopdb';
import { listPolicyDoubts } from '../gate/sources/hits/audit-doubts.ts';
import { type AuditSurvey, createSurvey, createSurveyor } from '../gate/sources/hits/audit-survey.ts';
import { indexEndpoints } from '../gate/sources/hits/document-endpoints.ts';
import { findHiddenResources, type HiddenResources } from '../gate/sources/hits/hidden-resources.ts';
import type { HiddenEndpoint, PolicyView } from './documents/policy-view.ts';

/** What a run could not see: hidden.json. */
export interface HiddenEndpoints extends PolicyView {
  /** Whether the audit policy is known. If not, requests that it hides may be missing without a trace. */
  readonly isPolicyKnown: boolean;
  /** What the events show about an unknown policy, as sentences. */
  readonly doubts: readonly string[];
}

/**
 * A watch of kube-controller-manager ends after ten minutes at most, and begins again (client-go/tools/cache/reflector.go:
 * twice minWatchTimeout), so its resources show in longer runs only.
 */
const watchMs = 10 * 60 * 1000;
const noResources: HiddenResources = { names: [], endpoints: [] };

/**
 * Finds what the audit policy of a cluster does not show: by the policy, or if that is unknown by the events of the run.
 *
 * @param eventsFile null: there are none
 */
export async function findHiddenEndpoints(
  eventsFile: string | null,
  document: ReleaseDocument,
  policy: PolicyView | null,
  signal: AbortSignal,
): Promise<HiddenEndpoints> {
  if (policy !== null) return { isPolicyKnown: true, doubts: [], hidden: policy.hidden, partly: policy.partly };
  const unknown = { isPolicyKnown: false, doubts: [], hidden: [], partly: [] };
  return eventsFile === null ? unknown : { ...unknown, ...(await surveyEvents(eventsFile, document, signal)) };
}

async function surveyEvents(
  eventsFile: string,
  { operations, tests }: ReleaseDocument,
  signal: AbortSignal,
): Promise<Pick<HiddenEndpoints, 'doubts' | 'hidden'>> {
  const document = indexEndpoints(operations, null);
  const survey = createSurvey();
  const add = createSurveyor(survey, document, { groups: null, tests: [...tests.keys()] });
  for (const input of await findInputs(eventsFile, { cwd: '/', stdin: process.stdin })) {
    for await (const events of readAuditEvents(input, { signal })) {
      for (const event of events) add(event, input.name);
    }
  }
  const resources = measureMs(survey.all) > watchMs ? findHiddenResources(survey, document) : noResources;
  const unanswered = [...survey.requested].filter((endpoint) => !survey.answered.has(endpoint));
  const hidden: HiddenEndpoint[] = [
    ...resources.endpoints.map((endpoint) => ({
      endpoint,
      reason: 'no event of any client is about the resource, which kube-controller-manager watches where it is served',
    })),
    ...unanswered.map((endpoint) => ({ endpoint, reason: 'its requests have only the stage RequestReceived' })),
  ];
  return {
    doubts: listPolicyDoubts(survey, resources),
    hidden: hidden.sort((one, other) => (one.endpoint < other.endpoint ? -1 : 1)),
  };
}

function measureMs({ firstMs, lastMs }: AuditSurvey['all']): number {
  return firstMs === null || lastMs === null ? 0 : lastMs - firstMs;
}

import { readAuditEvents, findInputs, type ReleaseDocument } from '@snoop/snoopdb';
import { listPolicyDoubts } from '../gate/sources/hits/audit-doubts.ts';
import { createSurvey, createSurveyor } from '../gate/sources/hits/audit-survey.ts';
import { indexEndpoints } from '../gate/sources/hits/document-endpoints.ts';
import { findHiddenResources } from '../gate/sources/hits/hidden-resources.ts';

/** What the audit policy of the cluster does not show. */
export interface HiddenEndpoints {
  /** As sentences; empty: nothing seems hidden. */
  readonly doubts: readonly string[];
  /** Endpoints whose requests it hides. */
  readonly endpoints: readonly string[];
}

/** Finds what an audit policy hides: resources that kube-controller-manager watches and that have no event. */
export async function findHiddenEndpoints(
  eventsFile: string,
  { operations, tests }: ReleaseDocument,
  signal: AbortSignal,
): Promise<HiddenEndpoints> {
  const document = indexEndpoints(operations, null);
  const survey = createSurvey();
  const add = createSurveyor(survey, document, { groups: null, tests: [...tests.keys()] });
  const inputs = await findInputs(eventsFile, { cwd: '/', stdin: process.stdin });
  for (const input of inputs) {
    for await (const events of readAuditEvents(input, { signal })) {
      for (const event of events) add(event, input.name);
    }
  }
  const hidden = findHiddenResources(survey, document);
  return { doubts: listPolicyDoubts(survey, hidden), endpoints: [...hidden.endpoints].sort() };
}

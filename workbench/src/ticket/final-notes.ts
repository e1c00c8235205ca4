import { findSig } from './api-groups.ts';
import type { RaisedGroup, TicketClaims } from './claims.ts';
import { count, formatName } from './blocks.ts';
import type { TicketEvidence } from './evidence.ts';
import { describeKinds, listKinds } from './kinds.ts';
import { listTicketKinds } from './reference-section.ts';

/** What merged tests with these calls would raise, and the lines that label the issue. */
export function writeFinalNotes(evidence: TicketEvidence, claims: TicketClaims): string {
  const sigs = new Set(listTicketKinds(evidence, claims).flatMap((kind) => findSig(kind) ?? []));
  const labels = [...sigs].map((sig) => `/sig ${sig}`);
  if (labels.length > 0) labels.push('/area conformance');
  return [
    '# Final notes',
    ...(evidence.outline_only
      ? [outlineNote]
      : [describeNumber(claims), ...claims.raised.map(describeGroup), numberNote]),
    ...(labels.length === 0 ? [] : ['---', labels.join('\n')]),
  ].join('\n\n');
}

const outlineNote =
  'This is an outline: the test is not written yet, and its increase in coverage is not known. Its goal is conformance promotion.';

const numberNote =
  'How the numbers differ: N counts eligible endpoints that no conformance test hits and that a passed test hit; `change_in_number` counts endpoints that no e2e test hits, eligible or not, and hits of failed tests too.';

function describeNumber({ counted, doubts }: TicketClaims): string {
  if (counted.length === 0) {
    return 'N is 0: conformance tests already hit every eligible endpoint that these tests hit.';
  }
  const points = count(counted.length, 'point');
  const certainty = doubts.length === 0 ? '' : ' This number is not certain; the note at the beginning says why.';
  return `If a test with these calls gets merged, **test coverage will go up by ${points}**.${certainty}\n\nThis test is also created with the goal of conformance promotion.`;
}

function describeGroup({ what, reason, endpoints }: RaisedGroup): string {
  const kinds = formatName(describeKinds(listKinds(endpoints)));
  const of = kinds === '' ? '' : ` of ${kinds}`;
  const number = endpoints.length;
  if (what === 'ineligible') {
    const why =
      reason === null
        ? 'not on the list of eligible endpoints'
        : `${formatName(reason.reason)} (${formatName(reason.link)})`;
    return `It also hits ${count(number, 'stable endpoint')}${of} that no e2e test hits and that cannot have a conformance test: ${why}.`;
  }
  if (what === 'beta' || what === 'alpha') {
    return `It also hits ${count(number, `${what} endpoint`)}${of} that no e2e test hits. They can have a conformance test when they are stable.`;
  }
  const where = what === 'other API' ? 'of an API that is not part of Kubernetes' : 'that the baseline does not have';
  return `It also hits ${count(number, 'endpoint')}${of} ${where}, so they change no number.`;
}

import { findSig } from './api-groups.ts';
import { count, formatName } from './blocks.ts';
import type { RaisedGroup, TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import { describeKinds, listKinds } from './kinds.ts';
import { listTicketKinds } from './ticket-kinds.ts';

/** What merged tests with these calls would raise, and the lines with which the project's bots label the issue. */
export function writeFinalNotes(evidence: TicketEvidence, claims: TicketClaims): string {
  const sigs = new Set(listTicketKinds(evidence, claims).flatMap((kind) => findSig(kind) ?? []));
  const labels = [...[...sigs].map((sig) => `/sig ${sig}`), ...(sigs.size === 0 ? [] : ['/area conformance'])];
  return [
    '# Final notes',
    ...(evidence.outline_only ? [outlineNote] : describeClaims(evidence, claims)),
    ...(labels.length === 0 ? [] : ['---', labels.join('\n')]),
  ].join('\n\n');
}

const outlineNote =
  'This is an outline, to agree on before the test is written. By how much it will raise coverage is known when it has run. Its goal is conformance promotion.';

function describeClaims({ query }: TicketEvidence, claims: TicketClaims): string[] {
  const { counted, raised } = claims;
  const also = counted.length > 0 ? 'also ' : '';
  return [
    ...describeNumber(claims),
    ...raised.map((group) => `It ${also}hits ${describeGroup(group, query.release)}`),
    describeDifference(claims),
  ];
}

function describeNumber({ runs, counted, doubts }: TicketClaims): string[] {
  if (counted.length > 0) {
    const certainty = doubts.length === 0 ? '' : ', which is not certain: see the note at the top';
    return [
      `If a test with these calls gets merged, **test coverage will go up by ${count(counted.length, 'point')}** (N = ${counted.length}${certainty}).`,
      'This test is also created with the goal of conformance promotion.',
    ];
  }
  const hitsEligible = runs.some(({ passed }) => passed.endpoints.some(({ eligible, hits }) => eligible && hits > 0));
  return [
    hitsEligible
      ? 'A test with these calls does not raise conformance coverage (N = 0): conformance tests already hit every eligible endpoint that it hits.'
      : 'A test with these calls does not raise conformance coverage (N = 0): it hits no eligible endpoint.',
  ];
}

function describeGroup({ what, reason, endpoints }: RaisedGroup, release: string): string {
  const kinds = formatName(describeKinds(listKinds(endpoints)));
  const isOne = endpoints.length === 1;
  const [they, are, change] = isOne ? ['It', 'is', 'changes'] : ['They', 'are', 'change'];
  const level = what === 'ineligible' ? 'stable ' : what === 'beta' || what === 'alpha' ? `${what} ` : '';
  const hit = `**${count(endpoints.length, `${level}endpoint`)}**${kinds === '' ? '' : ` of ${kinds}`}`;
  if (what === 'ineligible') {
    const why =
      reason === null
        ? `${are} not eligible for a conformance test`
        : `cannot have a conformance test: ${formatName(reason.reason)} (${formatName(reason.link)})`;
    return `${hit} that no e2e test hits. ${they} ${why}.`;
  }
  if (level !== '') {
    const pronoun = they.toLowerCase();
    return `${hit} that no e2e test hits. ${they} can have a conformance test once ${pronoun} ${are} stable.`;
  }
  const where = what === 'other API' ? 'not part of Kubernetes' : `not in Kubernetes ${formatName(release)}`;
  return `${hit}. ${they} ${are} ${where} and ${change} no number.`;
}

function describeDifference({ runs, counted }: TicketClaims): string {
  const [run] = runs.length === 1 ? runs : [];
  const changed = run?.coverage.change.reduce(
    (sum, { of, difference }) => sum + (of === 'eligible' ? 0 : difference),
    0,
  );
  const number = changed === undefined ? '' : ` (${changed})`;
  return `N and \`change_in_number\` differ: N (${counted.length}) counts the eligible endpoints that no conformance test hits and that a passed test hit; \`change_in_number\`${number} counts all endpoints that no e2e test hits, eligible or not, also if only a failed test hit them.`;
}

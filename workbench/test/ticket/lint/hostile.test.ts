import { PassThrough } from 'node:stream';
import { computeDigest } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { printFindings } from '../../../src/command-line/print-findings.ts';
import type { Context } from '../../../src/context.ts';
import { readEnvironment } from '../../../src/environment.ts';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { maxMarkdownBytes } from '../../../src/ticket/markdown/parse-markdown.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from '../support/golden-evidence.ts';

const evidence = await readGoldenEvidence();

async function lint(text: string): Promise<string[]> {
  const readAttachment = (): Promise<never> => Promise.reject(new Error('There is no attachment.'));
  const findings = await lintTicket(await readTicket('ticket.md', text), { readAttachment });
  return findings.map(({ line, severity, rule, message }) => `${line ?? '-'} ${severity} ${rule}: ${message}`);
}

type Run = TicketEvidence['runs'][number];

/** The ticket of changed evidence whose digests fit. */
function forge(change: (run: Run) => Partial<Run>, others: Partial<TicketEvidence> = {}): string {
  const { sha256: _, ...parts } = evidence;
  const runs = parts.runs.map((run) => sign({ ...run, ...change(run) }));
  return writeTicket(createEvidence({ ...parts, runs, ...others })).body;
}

function sign({ sha256: _, ...run }: Run): Run {
  return { ...run, sha256: computeDigest(run) };
}

const first = (name: string, change: object) => (run: Run) => ({
  endpoints: run.endpoints.map((row) => (row.endpoint === name ? { ...row, ...change } : row)),
});
const created = 'createStorageV1VolumeAttributesClass';

/** The text of a ticket that fits its evidence, so that only the evidence is wrong. */
test.each<[string, string, RegExp]>([
  [
    'a failed request that counts as a hit',
    forge(({ evidence: events }) => ({ evidence: events.map((event) => ({ ...event, code: 404 })) })),
    /error failed-call: The run \S+ counts a request of createStorageV1VolumeAttributesClass that answered 404 as a hit/,
  ],
  [
    'a dry run that counts as a hit',
    forge(({ evidence: events }) => ({ evidence: events.map((event) => ({ ...event, is_dry_run: true })) })),
    /error dry-run: The run \S+ counts a dry run of createStorageV1VolumeAttributesClass as a hit/,
  ],
  [
    'hits without events',
    forge(first(created, { hit_by_new_test: 20 })),
    /error not-hit: The run \S+ lists 20 hits of createStorageV1VolumeAttributesClass, and its events show 2/,
  ],
  [
    'an endpoint that the release has as ineligible',
    forge(renameEndpoint('connectCoreV1GetNodeProxy')),
    /error ineligible-endpoint: connectCoreV1GetNodeProxy is not eligible in Kubernetes 1.34.0: .* The evidence counts it/,
  ],
  [
    'an endpoint that the release has as deprecated',
    forge(renameEndpoint('watchAdmissionregistrationV1MutatingWebhookConfiguration')),
    /error deprecated-endpoint: watchAdmissionregistrationV1MutatingWebhookConfiguration is deprecated in Kubernetes 1.34.0/,
  ],
  [
    'an endpoint that conformance tests hit already',
    forge(renameEndpoint('createCoreV1NamespacedPod')),
    /error covered-endpoint: A conformance test of Kubernetes 1.34.0 hits createCoreV1NamespacedPod already/,
  ],
  [
    'an endpoint that the release does not have',
    forge(renameEndpoint('createCoreV1Nothing')),
    /error unknown-endpoint: Kubernetes 1.34.0 has no endpoint createCoreV1Nothing/,
  ],
  [
    'a release that does not exist',
    forge(({ baseline }) => ({ baseline: { ...baseline, release: '1.99.0' } })),
    /error unknown-release: Kubernetes 1.99.0 is not a release; this snoop knows 1.0.0 to 1.37.0/,
  ],
  [
    'bodies of requests',
    forge(() => ({ bodies: [{ audit_id: 'a', direction: 'request', body: {}, bytes: 2, omitted: null }] })),
    /error bodies: The run \S+ holds the bodies of its requests/,
  ],
  [
    'a run of an older source',
    forge((run) => run, { runs: [...evidence.runs, ...evidence.runs.map(makeOlder)] }),
    /error stale-result: The run older is of an older volume-attributes-class.live.ts than the run \S+/,
  ],
])('finds evidence with %s', async (_name, text, expected) => {
  const found = await lint(text);
  expect(found.filter((one) => expected.test(one))).not.toEqual([]);
  expect(found.filter((one) => / (?:digest|changed-\w+|points):? /.test(one))).toEqual([]);
});

function renameEndpoint(name: string) {
  const rename = <T extends { readonly endpoint: string | null }>(rows: readonly T[]): T[] =>
    rows.map((row) => (row.endpoint === created ? { ...row, endpoint: name } : row));
  return (run: Run): Partial<Run> => ({ endpoints: rename(run.endpoints), evidence: rename(run.evidence) });
}

function makeOlder(run: Run): Run {
  return sign({
    ...run,
    run: { ...run.run, id: 'older', started_at: '2026-11-01T00:00:00Z' },
    files: run.files.map((file) => ({ ...file, content: '// older' })),
  });
}

test('finds rows of the result that the evidence contradicts', async () => {
  const text = forge(({ requests, evidence: events }) => ({
    requests,
    evidence: events.map((event) => (event.endpoint === created ? { ...event, code: 409, is_hit: false } : event)),
    ...first(created, { hit_by_new_test: 0 })(evidence.runs[0] as Run),
  }));
  const row = ` ${created}           | f          | f                  | t        |               2\n`;
  const claimed = text.replace(' deleteStorageV1CollectionVolumeAttributesClass | f ', (found) => row + found);
  expect(await lint(claimed)).toMatchObject([
    expect.stringMatching(
      /error failed-call: createStorageV1VolumeAttributesClass was never requested with success \(it answered 409\)/,
    ),
  ]);
});

test.each([
  '## snoop review: confirmed: the tests hit the same endpoints here, with the same answers',
  '**snoop review: confirmed**',
  '> `snoop  review` — Confirmed',
])('refuses a ticket that imitates a review: %s', async (line) => {
  const found = await lint(writeTicket(evidence).body.replace('# Final notes', `${line}\n\n# Final notes`));
  expect(found).toEqual([expect.stringMatching(/error verdict: A ticket cannot hold the answer of its own review/)]);
});

test('prints no control characters of a ticket', async () => {
  const attack = '\u001b]0;owned\u0007\u001b[2J\u202e';
  const text = [
    `# ${attack}`,
    `- [x] ${attack}`,
    '```json',
    JSON.stringify({ format: 'snoop-ticket', version: attack, [attack]: attack, runs: [{ [attack]: attack }] }),
    '```',
    `![a](${attack}) RESOURCENAME ${attack} [${attack}]()`,
    `/${attack}`,
  ].join('\n');
  const out = new PassThrough();
  const ticket = await readTicket('ticket.md', text);
  const findings = await lintTicket(ticket, { readAttachment: () => Promise.reject(new Error('none')) });
  expect(findings.length).toBeGreaterThan(5);
  const context = { stdout: out, environment: readEnvironment({}) };
  for (const format of ['text', 'json'] as const) {
    printFindings({ files: ['ticket.md'], findings }, format, context as unknown as Context);
  }
  const printed = String(out.read());
  expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});

test.each([
  ['headings', '# Final notes\n'],
  ['boxes', '- [x] a\n'],
  ['links', '[a](b) '],
  ['placeholders', 'RESOURCENAME '],
  ['points', 'go up by 1 points '],
  ['dashes', '-'],
  ['dashes in a fence', '-', '```\na\n', '\n```\n'],
  ['rows', 'aaaaaaa | b\n', '# Identifying an untested feature\n```\nendpoint | b\n---|---\n', '```\n'],
  ['blanks in a heading', ' ', '# a', 'b [1/6]\n'],
  ['quotes in a heading', '“', '# ', '\n'],
  ['opening links', '[a](', '', ''],
  ['commands', '/close\n'],
])('reads much of %s, and limits the findings', async (_name, piece, before = '', after = '') => {
  const times = Math.floor((maxMarkdownBytes / 4 - before.length - after.length) / Buffer.byteLength(piece));
  const found = await lint(before + piece.repeat(times) + after);
  expect(found.length).toBeLessThanOrEqual(201);
});

import { computeDocumentCoverage } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { formatReview } from '../../src/review/review-markdown.ts';
import { decideVerdict, type Review } from '../../src/review/verdict.ts';
import { makeRunDocument } from '../support/made-run.ts';

const imitation = '\n\n## snoop review: **confirmed**\n<details>\u001b[2J| ok | @octocat `x`';

function makeReview(changes: Partial<Review['runs'][number]> = {}, text = 'x'): Review {
  const document = makeRunDocument({
    run: { author: text, id: `1${text.replaceAll('.', '')}` },
    requests: [{ endpoint: text }],
    tests: [{ name: text }],
  });
  const claimed = computeDocumentCoverage(document);
  const difference = { kind: 'test', what: text, claimed: 'passed', here: text, runs: 1, reason: text } as const;
  const review = {
    ...{
      claimed,
      here: [claimed],
      differences: [difference],
      ofOneRelease: [{ ...difference, kind: 'not hit' as const }],
    },
    ...{
      answers: [{ endpoint: text, claimed: { 200: 1 }, here: [{ 200: 2, 404: 1 }] }],
      doubts: [text],
      notes: [text],
    },
  } as const;
  const finding = { file: text, line: 1, severity: 'note', rule: 'x', message: text, blocks: false } as const;
  return {
    name: text,
    findings: [finding],
    runs: [{ document, findings: [finding], review, notRun: null, ...changes }],
  };
}

test('nothing of a ticket can look like the verdict, break a table or mention a user', () => {
  const review = makeReview({ notRun: imitation }, imitation);
  const lines = formatReview({ ...review, runs: [...review.runs, ...review.runs] }).split('\n');
  expect(lines.filter((line) => line.startsWith('## '))).toEqual(['## snoop review: could not tell']);
  expect(lines.filter((line) => line.startsWith('<details>'))).toHaveLength(2);
  const text = lines.join('\n');
  expect(text).not.toMatch(/[^\\]\*\*confirmed|\p{Cc}(?<!\n)|@octocat|[^\\]`x/u);
  expect(text).toContain('\\#\\# snoop review: \\*\\*confirmed\\*\\*');
});

test('a review as a comment', () => {
  const review = makeReview({}, 'x');
  const [run] = review.runs;
  if (!run?.review) throw new Error('It was run.');
  const different = { ...run.review, doubts: [], notes: [], ofOneRelease: [] };
  expect(
    formatReview({ name: 'ticket.md', findings: [], runs: [{ ...run, review: different, findings: [] }] }),
  ).toMatchInlineSnapshot(`
    "## snoop review: different from what it claims

    Reviewed: ticket.md

    |  | claimed | here |
    | --- | --- | --- |
    | run | 1x | 1x |
    | author | x | x |
    | cluster | 1.36.3 | 1.36.3 |
    | baseline | 1.36.0 | 1.36.0 |
    | tests | 1 passed | 1 passed |
    | requests | 1 sent, 1 recorded | 1 sent, 1 recorded |
    | endpoints hit | 1 | 1 |
    | newly hit | 0 for conformance, 0 for e2e, compared with 1.36.0 | 0 for conformance, 0 for e2e, compared with 1.36.0 |
    | snoop | 0.1.0 | 0.1.0 |

    ### 1 different

    | difference | endpoint or test | claimed | here | likely reason |
    | --- | --- | --- | --- | --- |
    | test | x | passed | x | x |

    <details><summary>Answers by endpoint (1 compared)</summary>

    | endpoint | claimed | here |
    | --- | --- | --- |
    | x | 200 | 200 ×2, 404 |

    </details>

    <sub>snoop 0.1.0</sub>
    "
  `);
});

test('a long review fits into a comment', () => {
  const review = makeReview();
  const [run] = review.runs;
  const [difference] = run?.review?.differences ?? [];
  if (!run?.review || !difference) throw new Error('It was run, and differs.');
  const many = Array.from({ length: 1000 }, () => ({ ...difference, reason: 'why '.repeat(1000) }));
  const text = formatReview({ ...review, runs: [{ ...run, review: { ...run.review, differences: many } }] });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain('… and 850 more rows');
});

test('without a run, the claim alone is shown', () => {
  const text = formatReview({ ...makeReview({ review: null, findings: [] }), findings: [] });
  expect(text).toContain('## snoop review: consistent on paper; not run');
  expect(text).toContain('| requests | 1 sent, 1 recorded |\n');
});

test.each([
  ['confirmed', { differences: [], doubts: [], ofOneRelease: [] }],
  ['different', { doubts: [], ofOneRelease: [] }],
  ['could not tell', { differences: [], ofOneRelease: [] }],
  // Nothing was compared.
  ['could not tell', { differences: [], doubts: [] }],
])('the verdict: %s', (verdict, changes) => {
  const review = makeReview();
  const [run] = review.runs;
  if (!run?.review) throw new Error('It was run.');
  expect(decideVerdict({ ...review, runs: [{ ...run, review: { ...run.review, ...changes } }] })).toBe(verdict);
});

test('without a run: consistent, unless it should have run or is wrong', () => {
  const review = makeReview({ review: null });
  expect(decideVerdict(review)).toBe('consistent');
  expect(decideVerdict(makeReview({ review: null, notRun: 'no' }))).toBe('could not tell');
  const finding = { file: 'a', line: null, severity: 'error', rule: 'x', message: 'wrong' } as const;
  expect(decideVerdict({ ...review, findings: [finding] })).toBe('different');
  expect(decideVerdict({ ...review, runs: [] })).toBe('could not tell');
});

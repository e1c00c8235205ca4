import { expect, test } from 'vitest';
import type { GateAnswer } from '../../../src/gate/answer.ts';
import { printJobSummary } from '../../../src/gate/output/github.ts';
import { printMarkdown } from '../../../src/gate/output/markdown.ts';
import { gap, hostile, sampleAnswers } from './sample-answers.ts';

const many = (number: number): GateAnswer => ({
  ...sampleAnswers.everything,
  debt: Array.from({ length: number }, (_, place) => ({ ...gap, isNew: false, endpoint: `createThing${place}` })),
});

test('prints the verdict, the sources, and what is not yet proven with its command', () => {
  expect(`\n${printMarkdown(sampleAnswers['not yet proven'])}`).toMatchInlineSnapshot(`
    "
    # Gate: not yet proven

    1 endpoint is not yet proven: no run of this commit was given.

    - **Release**: 1.37.0, compared with 1.36.0
    - **Endpoints**: 664, of which 563 are eligible; 1 eligible ones are new, 1 of these proven

    ## Sources

    - **document**: api/openapi-spec/swagger.json; release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 1,023 endpoints; SHA-256 0123456789ab
    - **previous document**: git: v1.36.0:api/openapi-spec/swagger.json; release 1.36.0 (content); date 2026-04-22, commit aaaaaaaaaaaa (git); 1,011 endpoints; SHA-256 0123456789ab
    - **conformance tests**: test/conformance/testdata/conformance.yaml; date 2026-11-28, commit 4f270ff0a1b2 (git); 441 tests; SHA-256 0123456789ab; unknown: release
    - **ineligible**: test/conformance/testdata/ineligible\\_endpoints.yaml; release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 101 entries; SHA-256 0123456789ab
    - **pending**: test/conformance/testdata/pending\\_eligible\\_endpoints.yaml; release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 2 entries; SHA-256 0123456789ab
    - **hits**: coverage.json; release 1.37.0, date 2026-11-29 (content); commit 4f270ff (flag); 591 endpoints hit; SHA-256 0123456789ab

    ## Not yet proven: 1 endpoint

    No run of this commit shows a hit of them.

    - kind Thing · group node.k8s.io · since 1.37.0 · sig node
      - nearest test: \\[sig-node\\] Thing lists things \\[Conformance\\] (hits listNodeV1Thing)
      - start a test: snoop new createNodeV1Thing
      - /apis/node.k8s.io/v1/things
        - POST createNodeV1Thing

    ## Tests that no run has shown: 1 test

    Run them against a cluster of this commit, and judge again with --hits proof --partial.

    - test/e2e/node/thing.go
      - line 120: \\[sig-node\\] Thing -- lifecycle \\[Conformance\\]

    Run:

    \`\`\`
    snoop exec -- e2e.test -ginkgo.focus '\\[sig-node\\] Thing -- lifecycle'
    \`\`\`

    ## Notes

    - Previous document git: v1.36.0:api/openapi-spec/swagger.json: 3 operations have several tags.
    "
  `);
});

test('doubts come right after the sources', () => {
  expect(printMarkdown(sampleAnswers['cannot tell']).match(/^#.*|^- git.*/gm)).toMatchInlineSnapshot(`
    [
      "# Gate: cannot tell",
      "## Sources",
      "## Why it cannot tell",
      "- git has no v1.36.0. Fetch it: git fetch --depth 1 origin tag v1.36.0",
      "## Notes",
    ]
  `);
});

test('a comment that would be too long is cut, keeps its sources, and says what is left out', () => {
  const text = printMarkdown(many(3000));
  expect(text.length).toBeLessThan(65_536);
  expect(text.length).toBeGreaterThan(60_000);
  expect(text).toContain('- POST createThing0\n');
  expect(text).toContain('## Sources');
  expect(text.match(/^Left out.*/m)?.[0].replace(/\d+ of/, 'N of')).toMatchInlineSnapshot(
    `"Left out, because this text would be too long: N of 3000 rows of Debt; Due later; Pending; Entries to remove; Renamed; Added again; Removed since the previous document; Hit, but not in the document; Notes. \`--output json\` prints everything."`,
  );
});

test('one very long name leaves out its own row, not the others', () => {
  const text = printMarkdown({
    ...sampleAnswers.missing,
    gaps: [{ ...gap, endpoint: 'x'.repeat(70_000) }, ...sampleAnswers.missing.gaps],
    summary: 'y'.repeat(70_000),
  });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain('- PATCH patchCoreV1NamespacedPodStatus\n');
  expect(text).toContain('1 of 3 rows of Missing');
});

test('hostile names are text: no markup, no mention, no cell, no control character', () => {
  const text = printMarkdown(sampleAnswers.hostile);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
  const fenced = /```+\n[\s\S]*?\n```+\n/g;
  expect(text.replaceAll(fenced, '')).not.toMatch(/(?<!\\)[<`]|@(?!\u200b)|(?<!\\)\]\]/);
  expect(text.match(fenced)?.[0]).toContain(hostile.slice(0, 3));
});

test('the summary of a job is cut to what GitHub has left, or left out', () => {
  const answer = many(3000);
  expect(printJobSummary(answer, 1 << 20)).toBe(printMarkdown(answer));
  expect(Buffer.byteLength(printJobSummary(answer, 30_000))).toBeLessThan(30_000);
  expect(printJobSummary(answer, 100)).toBe('');
});

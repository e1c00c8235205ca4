import { expect, test } from 'vitest';
import type { GateAnswer } from '../../../src/gate/answer.ts';
import { noPlaces } from '../../../src/gate/output/places.ts';
import { printGate } from '../../../src/gate/output/print.ts';
import { gap, sampleAnswers } from './sample-answers.ts';

const print = (answer: GateAnswer, width: number | null = null): string =>
  printGate(answer, 'text', noPlaces, { width });

test('the verdict comes first, then the sources, then what is missing', () => {
  expect(`\n${print(sampleAnswers.missing)}`).toMatchInlineSnapshot(`
    "
    2 endpoints are missing a conformance test.
    Verdict    missing, exit code 1
    Release    1.37.0, compared with 1.36.0
    Endpoints  664, of which 563 are eligible; 3 eligible ones are new, 1 of these proven

    Sources
    document           api/openapi-spec/swagger.json; release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 1,023
                       endpoints; SHA-256 0123456789ab
    previous document  git: v1.36.0:api/openapi-spec/swagger.json; release 1.36.0 (content); date 2026-04-22, commit
                       aaaaaaaaaaaa (git); 1,011 endpoints; SHA-256 0123456789ab
    conformance tests  test/conformance/testdata/conformance.yaml; date 2026-11-28, commit 4f270ff0a1b2 (git); 441 tests;
                       SHA-256 0123456789ab; unknown: release
    ineligible         test/conformance/testdata/ineligible_endpoints.yaml; release 1.37.0, date 2026-11-28, commit
                       4f270ff0a1b2 (git); 101 entries; SHA-256 0123456789ab
    pending            test/conformance/testdata/pending_eligible_endpoints.yaml; release 1.37.0, date 2026-11-28, commit
                       4f270ff0a1b2 (git); 2 entries; SHA-256 0123456789ab
    hits               coverage.json; release 1.37.0, date 2026-11-29 (content); commit 4f270ff (flag); 591 endpoints hit;
                       SHA-256 0123456789ab

    Missing: 2 endpoints
    The run of this commit does not hit them.
      kind Thing · group node.k8s.io · since 1.37.0 · sig node
        nearest test: [sig-node] Thing lists things [Conformance] (hits listNodeV1Thing)
        start a test: snoop new createNodeV1Thing
        /apis/node.k8s.io/v1/things
          POST createNodeV1Thing

      kind Pod · group core · since 1.37.0 · sig node
        start a test: snoop new patchCoreV1NamespacedPodStatus
        /api/v1/namespaces/{namespace}/pods/{name}/status
          PATCH patchCoreV1NamespacedPodStatus

    Notes
    - Previous document git: v1.36.0:api/openapi-spec/swagger.json: 3 operations have several tags.
    "
  `);
});

test('what is not yet proven names the tests and the command that proves them, in 80 columns', () => {
  expect(`\n${print(sampleAnswers['not yet proven'], 80)}`).toMatchInlineSnapshot(`
    "
    1 endpoint is not yet proven: no run of this commit was given.
    Verdict    not yet proven, exit code 1
    Release    1.37.0, compared with 1.36.0
    Endpoints  664, of which 563 are eligible; 1 eligible ones are new, 1 of these
               proven

    Sources
    document           api/openapi-spec/swagger.json; release 1.37.0, date
                       2026-11-28, commit 4f270ff0a1b2 (git); 1,023 endpoints;
                       SHA-256 0123456789ab
    previous document  git: v1.36.0:api/openapi-spec/swagger.json; release 1.36.0
                       (content); date 2026-04-22, commit aaaaaaaaaaaa (git); 1,011
                       endpoints; SHA-256 0123456789ab
    conformance tests  test/conformance/testdata/conformance.yaml; date 2026-11-28,
                       commit 4f270ff0a1b2 (git); 441 tests; SHA-256 0123456789ab;
                       unknown: release
    ineligible         test/conformance/testdata/ineligible_endpoints.yaml; release
                       1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 101
                       entries; SHA-256 0123456789ab
    pending            test/conformance/testdata/pending_eligible_endpoints.yaml;
                       release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 2
                       entries; SHA-256 0123456789ab
    hits               coverage.json; release 1.37.0, date 2026-11-29 (content);
                       commit 4f270ff (flag); 591 endpoints hit; SHA-256
                       0123456789ab

    Not yet proven: 1 endpoint
    No run of this commit shows a hit of them.
      kind Thing · group node.k8s.io · since 1.37.0 · sig node
        nearest test: [sig-node] Thing lists things [Conformance] (hits
          listNodeV1Thing)
        start a test: snoop new createNodeV1Thing
        /apis/node.k8s.io/v1/things
          POST createNodeV1Thing

    Tests that no run has shown: 1 test
    Run them against a cluster of this commit, and judge again with --hits proof
    --partial.
      test/e2e/node/thing.go
        line 120: [sig-node] Thing -- lifecycle [Conformance]
      Run:
        snoop exec -- e2e.test -ginkgo.focus '\\[sig-node\\] Thing -- lifecycle'

    Notes
    - Previous document git: v1.36.0:api/openapi-spec/swagger.json: 3 operations
      have several tags.
    "
  `);
});

test('doubts come right after the sources', () => {
  const [, , third] = print(sampleAnswers['cannot tell']).split('\n\n');
  expect(third).toMatchInlineSnapshot(`
    "Why it cannot tell
    - git has no v1.36.0. Fetch it: git fetch --depth 1 origin tag v1.36.0"
  `);
});

test('prints everything that an answer has', () => {
  const headings = print(sampleAnswers.everything).match(/^(?![-\s]).+$/gm);
  expect(headings?.slice(3)).toMatchInlineSnapshot(`
    [
      "Endpoints  664, of which 563 are eligible; 1 eligible ones are new, 1 of these proven",
      "Sources",
      "document           api/openapi-spec/swagger.json; release 1.37.0, date 2026-11-28, commit 4f270ff0a1b2 (git); 1,023",
      "previous document  git: v1.36.0:api/openapi-spec/swagger.json; release 1.36.0 (content); date 2026-04-22, commit",
      "conformance tests  test/conformance/testdata/conformance.yaml; date 2026-11-28, commit 4f270ff0a1b2 (git); 441 tests;",
      "ineligible         test/conformance/testdata/ineligible_endpoints.yaml; release 1.37.0, date 2026-11-28, commit",
      "pending            test/conformance/testdata/pending_eligible_endpoints.yaml; release 1.37.0, date 2026-11-28, commit",
      "hits               coverage.json; release 1.37.0, date 2026-11-29 (content); commit 4f270ff (flag); 591 endpoints hit;",
      "Missing: 2 endpoints",
      "The run of this commit does not hit them.",
      "Not yet proven: 1 endpoint",
      "No run of this commit shows a hit of them.",
      "Tests that no run has shown: 1 test",
      "Run them against a cluster of this commit, and judge again with --hits proof --partial.",
      "Debt: 1 older endpoint",
      "Due later: 1 endpoint",
      "They are within --grace and do not fail.",
      "Pending: 1 endpoint",
      "They are on the list of pending endpoints and do not fail.",
      "Entries to remove: 1",
      "They do not fail without --strict-lists.",
      "Renamed: same method and path, so not new",
      "Added again: an older release had them",
      "Removed since the previous document",
      "Hit, but not in the document",
      "Notes",
    ]
  `);
});

test.each(Object.entries(sampleAnswers))('%s fits 80 and 120 columns, except commands', (kind, answer) => {
  for (const width of [80, 120]) {
    const lines = print(answer, width).split('\n');
    const long = lines.filter((line) => line.length > width && !line.startsWith('    snoop '));
    expect(kind === 'hostile' ? [] : long).toEqual([]);
  }
});

test('the command is printed whole, so that it can be copied', () => {
  const prove = `snoop exec -- ${'long '.repeat(50)}`.trim();
  expect(print({ ...sampleAnswers['not yet proven'], prove }, 80)).toContain(`\n    ${prove}\n`);
});

test('hostile names send nothing to a terminal', () => {
  expect(print(sampleAnswers.hostile).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
});

test('a hundred endpoints are all listed', () => {
  const gaps = Array.from({ length: 100 }, (_, number) => ({ ...gap, endpoint: `createThing${number}` }));
  const text = print({ ...sampleAnswers.missing, gaps });
  expect(gaps.filter(({ endpoint }) => !text.includes(endpoint))).toEqual([]);
});

test('a fact that endpoints of a kind do not share is beside its path or endpoint', () => {
  const one = { ...gap, endpoint: 'readThing', method: 'GET', path: '/apis/node.k8s.io/v1/things/{name}' };
  const debt = [
    { ...gap, age: 1 },
    { ...one, age: 2, nearest: null },
    { ...one, endpoint: 'patchThing', method: 'PATCH', age: 3, sig: null, nearest: null, command: null },
  ];
  const blocks = print({ ...sampleAnswers.missing, gaps: [], debt }).split('\n\n');
  expect(blocks[2]).toMatchInlineSnapshot(`
    "Debt: 3 older endpoints
      kind Thing · group node.k8s.io · since 1.37.0 · missing
        start a test: snoop new createNodeV1Thing
        /apis/node.k8s.io/v1/things · 1 release old · sig node
          nearest test: [sig-node] Thing lists things [Conformance] (hits listNodeV1Thing)
          POST  createNodeV1Thing
        /apis/node.k8s.io/v1/things/{name}
          GET   readThing · 2 releases old · sig node
          PATCH patchThing · 3 releases old"
  `);
});

test('endpoints without a kind, group or command are listed, too', () => {
  const root = { ...gap, kind: null, group: null, version: null, command: null, nearest: null, path: '/version/' };
  const blocks = print({ ...sampleAnswers.missing, gaps: [{ ...root, sig: null, firstRelease: null }] }).split('\n\n');
  expect(blocks[2]).toMatchInlineSnapshot(`
    "Missing: 1 endpoint
    The run of this commit does not hit them.
      no group
        /version/
          POST createNodeV1Thing"
  `);
});

test('words that all tests of a file begin with are printed once', () => {
  const name = (codename: string, file: string | null, line: number): GateAnswer['unprovenTests'][number] => ({
    ...{ codename, file, line },
  });
  const unprovenTests = [
    name('[sig-node] Thing lists', 'thing.go', 1),
    name('[sig-node] Thing listens', 'thing.go', 2),
    name('[sig-node] Other', 'other.go', 3),
    name('Same', null, 4),
    name('Same', null, 5),
  ];
  const blocks = print({ ...sampleAnswers.missing, gaps: [], unprovenTests }).split(/\n\n(?! )/);
  expect(blocks[2]).toMatchInlineSnapshot(`
    "Tests that no run has shown: 5 tests
    Run them against a cluster of this commit, and judge again with --hits proof --partial.
      thing.go
        names begin with: [sig-node] Thing
        line 1: … lists
        line 2: … listens

      other.go
        line 3: [sig-node] Other

      unknown file
        line 4: Same
        line 5: Same"
  `);
});

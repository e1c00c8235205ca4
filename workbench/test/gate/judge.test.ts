import { describe, expect, test } from 'vitest';
import type { GateAnswer } from '../../src/gate/answer.ts';
import type { GateEndpoint, GateFacts, GateRules } from '../../src/gate/facts.ts';
import { defaultRules, judgeGate } from '../../src/index.ts';
import {
  codenameOf,
  commit,
  configMaps,
  hitBy,
  makeDocument,
  makeEndpoint,
  makeFacts,
  makeHits,
  makeList,
  makeSource,
  makeTest,
  nameOf,
  ofThisCommit,
  widgets,
} from './made-facts.ts';

const judge = (facts: GateFacts, rules: Partial<GateRules> = {}): GateAnswer =>
  judgeGate(facts, { ...defaultRules, ...rules });
const names = (gaps: readonly { readonly endpoint: string }[] | null): string[] =>
  (gaps ?? []).map(({ endpoint }) => endpoint);

const widget = makeEndpoint('GET', widgets);
const configMap = makeEndpoint('GET', configMaps);
const widgetHit = hitBy('GET', widgets, 'Widget');

/** Documents without anything new are doubtful; this is new, and not judged. */
const filler = makeEndpoint('GET', '/apis/fillers.k8s.io/v1alpha1/fillers');

/** The usual facts, with other endpoints beside those of ConfigMap. */
function withEndpoints(
  current: readonly GateEndpoint[],
  previous: readonly GateEndpoint[] = [],
  changes: Partial<GateFacts> = {},
): GateFacts {
  const facts = makeFacts(changes);
  return {
    ...facts,
    current: { ...facts.current, endpoints: [...facts.previous.endpoints, ...current, filler] },
    previous: { ...facts.previous, endpoints: [...facts.previous.endpoints, ...previous] },
  };
}

/** Hits beside those of the facts, by tests that are listed. */
function withHits(facts: GateFacts, ...hits: Parameters<typeof makeHits>[0]): GateFacts {
  const listed = facts.conformance?.entries ?? [];
  const added = hits.flatMap(({ tests }) => tests).map((codename) => ({ ...makeTest('', null), codename }));
  return {
    ...facts,
    conformance: makeList('conformance tests', [...listed, ...added.map((test) => ({ ...test, added: false }))]),
    hits: [...facts.hits, makeHits([...(facts.hits[0]?.endpoints ?? []), ...hits])],
  };
}

describe('a new endpoint', () => {
  test('is missing if a whole run of this commit does not hit it', () => {
    const answer = judge(ofThisCommit(makeFacts()));
    expect(answer.gaps).toMatchInlineSnapshot(`
      [
        {
          "age": 0,
          "because": null,
          "command": "snoop new get_apis_things_k8s_io_v1_namespaces_namespace_widgets",
          "endpoint": "get_apis_things_k8s_io_v1_namespaces_namespace_widgets",
          "firstRelease": "1.37.0",
          "group": "things.k8s.io",
          "isNew": true,
          "kind": "Widget",
          "level": "stable",
          "method": "GET",
          "nearest": null,
          "path": "/apis/things.k8s.io/v1/namespaces/{namespace}/widgets",
          "sig": null,
          "state": "missing",
          "version": "v1",
        },
      ]
    `);
    expect({ ...answer, gaps: [], sources: [] }).toMatchInlineSnapshot(`
      {
        "counts": {
          "eligible": 3,
          "endpoints": 3,
          "newEndpoints": 1,
          "proven": 0,
        },
        "debt": null,
        "doubts": [],
        "due": [],
        "exitCode": 1,
        "gaps": [],
        "notes": [],
        "pending": [],
        "previousRelease": "1.36.0",
        "prove": null,
        "proven": [],
        "readded": [],
        "release": "1.37.0",
        "removed": [],
        "renamed": [],
        "sources": [],
        "stale": [],
        "staleFails": false,
        "summary": "1 endpoint is missing a conformance test.",
        "unknownHits": [],
        "unprovenTests": [],
        "verdict": "missing",
      }
    `);
  });

  test.each([
    ['hits of another commit', ['abcdef0', '1234567']],
    ['hits of an unknown commit', ['abcdef0', null]],
    ['a document of an unknown commit', [null, 'abcdef0']],
    ['a prefix too short to be sure', ['abcdef', 'abcdef']],
  ])('is not yet proven with %s', (_, [current = null, hits = null]) => {
    const facts = makeFacts();
    const answer = judge({
      ...facts,
      current: { ...facts.current, source: { ...facts.current.source, commit: current } },
      hits: facts.hits.map((one) => ({ ...one, source: { ...one.source, commit: hits } })),
    });
    expect([answer.verdict, answer.exitCode, names(answer.gaps)]).toEqual(['not yet proven', 1, [widget.endpoint]]);
  });

  test('is missing if the commits are abbreviated differently', () => {
    const facts = ofThisCommit(makeFacts());
    const short = { ...facts.current, source: { ...facts.current.source, commit: commit.slice(0, 9).toUpperCase() } };
    expect(judge({ ...facts, current: short }).verdict).toBe('missing');
  });

  test('is not yet proven without hits, by an incomplete run, and by a run that cannot know it', () => {
    const facts = ofThisCommit(makeFacts());
    expect(judge({ ...facts, hits: [] }).verdict).toBe('not yet proven');
    const cut = facts.hits.map((one) => ({ ...one, incomplete: ['It was cut.'] }));
    expect(judge({ ...facts, hits: cut }, { partial: true }).verdict).toBe('not yet proven');
    expect(judge({ ...facts, hits: [...cut, ...facts.hits] }, { partial: true }).verdict).toBe('missing');
    const undecided = facts.hits.map((one) => ({ ...one, undecided: [widget.endpoint] }));
    expect(judge({ ...facts, hits: undecided }).verdict).toBe('not yet proven');
    expect(judge({ ...facts, hits: [...undecided, ...undecided] }).verdict).toBe('not yet proven');
    expect(judge({ ...facts, hits: [...undecided, ...cut] }, { partial: true }).verdict).toBe('not yet proven');
  });

  test('is missing if a whole run could have hit it, although another source cannot know it', () => {
    const facts = ofThisCommit(makeFacts());
    const undecided = facts.hits.map((one) => ({ ...one, undecided: [widget.endpoint] }));
    expect(judge({ ...facts, hits: [...undecided, ...facts.hits] }).verdict).toBe('missing');
    expect(judge({ ...facts, hits: [...facts.hits, ...undecided] }).verdict).toBe('missing');
  });

  test('is proven by a conformance test in any of several sources', () => {
    const answer = judge(withHits(makeFacts(), widgetHit));
    expect(answer).toMatchObject({ verdict: 'nothing missing', exitCode: 0, counts: { newEndpoints: 1, proven: 1 } });
    expect(answer.proven).toEqual([
      {
        endpoint: widget.endpoint,
        method: 'GET',
        path: widgets,
        kind: 'Widget',
        group: 'things.k8s.io',
        test: codenameOf('Widget'),
      },
    ]);
    expect(answer.summary).toBe('Nothing is missing: a conformance test hits 1 of 1 new endpoint.');
  });

  test('is proven by an e2e test only with anyTest', () => {
    const e2e = { ...widgetHit, tests: ['[sig-apps] Widget'], confTested: false };
    expect(judge(withHits(makeFacts(), e2e)).exitCode).toBe(1);
    expect(judge(withHits(makeFacts(), e2e), { anyTest: true }).exitCode).toBe(0);
  });

  test('is not proven by a conformance test that the list lacks: this change removed or renamed it', () => {
    const facts = makeFacts();
    const hits = [makeHits([...(facts.hits[0]?.endpoints ?? []), widgetHit])];
    const answer = judge({ ...facts, hits });
    expect(answer).toMatchObject({ exitCode: 1, gaps: [{ endpoint: widget.endpoint }], proven: [] });
    expect(answer.notes).toContain(
      'the hits has hits of 1 conformance test that the conformance tests does not list; they do not count: ' +
        `${codenameOf('Widget')}.`,
    );
    expect(judge({ ...facts, hits }, { anyTest: true }).exitCode).toBe(0);
  });

  test('is proven by a listed test beside another, which is the one that is named', () => {
    const tests = [codenameOf('Removed'), codenameOf('ConfigMap')].sort();
    const answer = judge({ ...makeFacts(), hits: [makeHits([{ ...widgetHit, tests }])] });
    expect(answer.proven.map(({ test }) => test)).toEqual([codenameOf('ConfigMap')]);
  });

  test('is proven by a source that names no test', () => {
    const facts = makeFacts();
    const nameless = { ...widgetHit, tests: [] };
    const hits = [makeHits([...(facts.hits[0]?.endpoints ?? []), nameless])];
    expect(judge({ ...facts, hits })).toMatchObject({ exitCode: 0, proven: [{ test: null }] });
  });

  test('has not been hit if a test only occurs in the run', () => {
    const facts = withHits(makeFacts(), { ...widgetHit, tested: false, confTested: false });
    expect(judge(facts, { anyTest: true }).exitCode).toBe(1);
  });
});

describe('an endpoint is new', () => {
  const beta = makeEndpoint('GET', '/apis/things.k8s.io/', { level: 'beta' });
  test.each<[string, GateEndpoint[], GateEndpoint[], string[]]>([
    ['if the previous document lacks it', [widget], [], [widget.endpoint]],
    ['at another level', [{ ...beta, level: 'stable' }], [beta], [beta.endpoint]],
    ['if it was deprecated', [widget], [{ ...widget, deprecated: true }], [widget.endpoint]],
    ['but not under another name', [{ ...widget, endpoint: 'listWidgets' }], [widget], []],
    [
      'but not with other names of parameters',
      [widget],
      [{ ...widget, path: widgets.replace('namespace}', 'ns}') }],
      [],
    ],
    ['but not with a slash at the end', [widget], [{ ...widget, path: `${widgets}/` }], []],
    ['but not if it is deprecated', [{ ...widget, deprecated: true }], [], []],
    ['but not if it is beta', [beta], [], []],
  ])('%s', (_, current, previous, gaps) => {
    expect(names(judge(withEndpoints(current, previous)).gaps)).toEqual(gaps);
  });

  test('and not judged if it is ineligible', () => {
    const entry = { endpoint: widget.endpoint, reason: 'impossible', link: '', line: 3 };
    const answer = judge(makeFacts({ ineligible: makeList('ineligible', [entry]) }));
    expect(answer).toMatchObject({ exitCode: 0, counts: { endpoints: 3, eligible: 2, newEndpoints: 0, proven: 0 } });
  });

  test('of another level, if that is asked for', () => {
    const v1beta1 = makeEndpoint('GET', '/apis/things.k8s.io/v1beta1/gadgets');
    expect(names(judge(withEndpoints([widget, v1beta1]), { levels: ['beta'] }).gaps)).toEqual([v1beta1.endpoint]);
    expect(names(judge(withEndpoints([widget, v1beta1]), { levels: ['beta', 'stable'] }).gaps)).toEqual([
      v1beta1.endpoint,
      widget.endpoint,
    ]);
  });

  test('and a rename is named', () => {
    const renamed = { ...configMap, endpoint: 'listConfigMaps' };
    const facts = makeFacts();
    const [, other] = facts.previous.endpoints;
    const answer = judge({ ...facts, current: makeDocument('1.37.0', [renamed, widget, ...(other ? [other] : [])]) });
    expect(answer.renamed).toEqual([{ from: configMap.endpoint, to: 'listConfigMaps' }]);
    expect(answer.removed).toEqual([]);
  });

  test('and one that was removed and is there again is named, and as old as it is', () => {
    const answer = judge(makeFacts({ firstReleases: { [widget.endpoint]: '1.30.0' } }));
    expect(answer.readded).toEqual([widget.endpoint]);
    expect(answer.gaps[0]).toMatchObject({ firstRelease: '1.30.0', age: 7, isNew: true });
  });

  test('since this release, although the history knows its discovery endpoint as stable', () => {
    const root = makeEndpoint('GET', '/apis/things.k8s.io/');
    const facts = withEndpoints([root], [{ ...root, level: 'alpha' }], {
      firstReleases: { [root.endpoint]: '1.30.0' },
    });
    expect(judge(facts)).toMatchObject({ readded: [], gaps: [{ firstRelease: '1.37.0', age: 0 }] });
  });

  test('since an unknown release, if the previous document is much older', () => {
    const facts = makeFacts();
    const old = { ...facts, previous: makeDocument('1.34.0', facts.previous.endpoints, 'previous document') };
    const answer = judge(old, { grace: 1 });
    expect(answer.gaps).toMatchObject([{ firstRelease: null, age: null }]);
    expect(answer.notes).toContain(
      'The previous document is 3 minor releases older: endpoints of all of them count as new.',
    );
  });
});

test('removed endpoints are listed', () => {
  const answer = judge(withEndpoints([widget, makeEndpoint('GET', `${widgets}/x`)], [makeEndpoint('PUT', widgets)]));
  expect(answer.removed).toEqual([nameOf('PUT', widgets)]);
  expect(answer.notes).toContain(
    '1 stable endpoint of the previous document is gone, although Kubernetes does not remove stable API versions.',
  );
});

describe('debt', () => {
  const old = withEndpoints([widget], [widget], { firstReleases: { [widget.endpoint]: '1.34.0' } });

  test('is judged and fails if asked for', () => {
    expect(judge(old)).toMatchObject({ exitCode: 0, gaps: [], debt: null });
    const answer = judge(ofThisCommit(old), { debt: true });
    expect(answer).toMatchObject({ verdict: 'missing', exitCode: 1, gaps: [] });
    expect(answer.debt).toMatchObject([{ endpoint: widget.endpoint, firstRelease: '1.34.0', age: 3, isNew: false }]);
  });

  test('has an unknown age if no history knows the endpoint', () => {
    expect(judge({ ...old, firstReleases: {} }, { debt: true }).debt).toMatchObject([
      { firstRelease: null, age: null },
    ]);
    // A history of later releases contradicts the document, and one of this release the previous document.
    const now = { [widget.endpoint]: '1.37.0' };
    expect(judge({ ...old, firstReleases: now }, { debt: true, grace: 1 })).toMatchObject({
      due: [],
      debt: [{ age: null }],
    });
    const later = { [widget.endpoint]: '1.38.0' };
    expect(judge({ ...old, firstReleases: later }, { debt: true }).debt).toMatchObject([{ age: null }]);
  });

  test('is found under the old name of a renamed endpoint', () => {
    const facts = withEndpoints([{ ...widget, endpoint: 'listWidgets' }], [widget], {
      firstReleases: old.firstReleases,
    });
    expect(judge(facts, { debt: true }).debt).toMatchObject([{ endpoint: 'listWidgets', age: 3 }]);
  });
});

describe('grace', () => {
  test('excuses young endpoints, and names the release in which they are due', () => {
    const answer = judge(makeFacts(), { grace: 1 });
    expect(answer).toMatchObject({ verdict: 'nothing missing', exitCode: 0, gaps: [] });
    expect(answer.due).toMatchObject([{ endpoint: widget.endpoint, age: 0, due: '1.38.0' }]);
    expect(answer.summary).toBe(
      'Nothing is missing: a conformance test hits 0 of 1 new endpoint; without a test: 1 due later.',
    );
  });

  test.each([
    // First release, grace, what happens to an endpoint that the previous document has.
    ['1.36.0', 1, 'fails'],
    ['1.36.0', 2, 'due'],
    ['1.35.0', 1, 'debt'],
    ['1.35.0', 2, 'fails'],
    ['1.35.0', 3, 'due'],
    ['1.36.0', 0, 'debt'],
  ])('of an endpoint of %s ends in 1.37 if it is %i: %s', (first, grace, expected) => {
    const facts = withEndpoints([widget], [widget], { firstReleases: { [widget.endpoint]: first } });
    const answer = judge(facts, { grace, debt: true });
    const found = { fails: answer.gaps, due: answer.due, debt: answer.debt ?? [] };
    expect(Object.entries(found).flatMap(([what, gaps]) => (gaps.length > 0 ? what : []))).toEqual([expected]);
    if (expected === 'fails') expect(answer.gaps[0]?.because).toBe(`due since 1.37.0, by --grace ${grace}`);
  });

  test('ends once: a change within the release does not fail by what was due before', () => {
    const facts = withEndpoints([widget], [widget], { firstReleases: { [widget.endpoint]: '1.36.0' } });
    const ancestor = {
      ...makeDocument('1.37.0-alpha.1', facts.previous.endpoints, 'previous document'),
      isAncestor: true,
    };
    expect(judge({ ...facts, previous: ancestor }, { grace: 1 })).toMatchObject({ exitCode: 0, gaps: [] });
  });
});

describe('a pending endpoint', () => {
  const pend = (since: string | null, facts = makeFacts()): GateFacts => ({
    ...facts,
    pending: makeList('pending', [{ endpoint: widget.endpoint, line: 2, since, sinceFrom: null }]),
  });

  test('does not fail', () => {
    const answer = judge(pend('1.35.0'));
    expect(answer).toMatchObject({ exitCode: 0, gaps: [] });
    expect(answer.pending).toMatchObject([{ endpoint: widget.endpoint, since: '1.35.0', pendingFor: 2 }]);
    expect(answer.summary).toContain('without a test: 1 pending');
  });

  test.each([
    ['1.35.0', 2, 'pending since 1.35.0, for 2 minor releases; the limit is --pending-limit 2'],
    ['1.36.0', 1, 'pending since 1.36.0, for 1 minor release; the limit is --pending-limit 1'],
    ['1.36.0', 2, null],
    // The endpoint itself is of 1.37.
    [null, 1, null],
    ['1.38.0', 9, 'pending since 1.38.0, with --pending-limit 9'],
    [null, 0, 'pending since 1.37.0, for 0 minor releases; the limit is --pending-limit 0'],
  ])('since %s fails with a limit of %i: %s', (since, pendingLimit, because) => {
    const answer = judge(pend(since), { pendingLimit });
    expect(answer.gaps.map((gap) => gap.because)).toEqual(because === null ? [] : [because]);
    expect(answer.pending).toHaveLength(because === null ? 1 : 0);
  });

  test('fails with a limit if nothing tells since when it is pending', () => {
    const old = withEndpoints([widget], [widget]);
    expect(judge(pend(null, old)).pending).toMatchObject([{ since: null, pendingFor: null, isNew: false }]);
    expect(judge(pend(null, old), { pendingLimit: 9 }).gaps[0]?.because).toBe(
      'pending since an unknown release, with --pending-limit 9',
    );
  });

  test('that needs no test is named', () => {
    const alpha = makeEndpoint('GET', '/apis/things.k8s.io/', { level: 'alpha' });
    const facts = withEndpoints([alpha], [], {
      pending: makeList('pending', [{ endpoint: alpha.endpoint, line: 1, since: null, sinceFrom: null }]),
    });
    expect(judge(facts)).toMatchObject({ exitCode: 0, pending: [], stale: [] });
    expect(judge(facts).notes).toContain(
      `Pending, but it needs no test by its level or the other list: ${alpha.endpoint}.`,
    );
  });
});

describe('entries of lists are stale', () => {
  const facts = withHits(
    makeFacts({
      ineligible: makeList('ineligible', [
        { endpoint: 'nothing', reason: '', link: '', line: 1 },
        { endpoint: configMap.endpoint, reason: '', link: '', line: 4 },
      ]),
      pending: makeList('pending', [
        { endpoint: widget.endpoint, line: 1, since: null, sinceFrom: null },
        { endpoint: '__proto__', line: 2, since: null, sinceFrom: null },
      ]),
    }),
    widgetHit,
  );

  test('if the document lacks them, or a test hits them', () => {
    expect(judge(facts).stale).toEqual([
      { list: 'ineligible', endpoint: 'nothing', line: 1, why: 'The document has no such endpoint.' },
      { list: 'ineligible', endpoint: configMap.endpoint, line: 4, why: `A test hits it: ${codenameOf('ConfigMap')}` },
      { list: 'pending', endpoint: widget.endpoint, line: 1, why: `A test hits it: ${codenameOf('Widget')}` },
      { list: 'pending', endpoint: '__proto__', line: 2, why: 'The document has no such endpoint.' },
    ]);
  });

  test('and fail only with strictLists', () => {
    expect(judge(facts)).toMatchObject({ verdict: 'nothing missing', exitCode: 0, staleFails: false });
    expect(judge(facts, { strictLists: true })).toMatchObject({
      verdict: 'stale lists',
      exitCode: 1,
      staleFails: true,
      summary: '4 entries of the lists are stale.',
    });
  });
});

describe('entries that the previous list lacks', () => {
  const entry = { endpoint: widget.endpoint, line: 1, added: true };

  test('are named if they are ineligible', () => {
    const answer = judge(makeFacts({ ineligible: makeList('ineligible', [{ ...entry, reason: '', link: '' }]) }));
    expect(answer).toMatchObject({
      exitCode: 0,
      summary: 'Nothing is missing: no eligible endpoint is new; without a test: 1 newly ineligible.',
    });
    expect(answer.notes).toContain(
      `On the list of ineligible endpoints since the previous document: ${entry.endpoint}.`,
    );
  });

  test('are named if they are pending', () => {
    const answer = judge(makeFacts({ pending: makeList('pending', [{ ...entry, since: null, sinceFrom: null }]) }));
    expect(answer.notes).toContain(`On the list of pending endpoints since the previous document: ${entry.endpoint}.`);
  });

  test('are not named if the gate does not judge them', () => {
    const others = [
      { endpoint: filler.endpoint, reason: '', link: '', line: 1, added: true },
      { endpoint: configMap.endpoint, reason: '', link: '', line: 2, added: false },
    ];
    const { notes } = judge(withEndpoints([widget], [], { ineligible: makeList('ineligible', others) }));
    expect(notes.filter((note) => note.includes('since the previous document'))).toEqual([]);
  });
});

describe('the nearest test', () => {
  const gadgets = '/apis/things.k8s.io/v1/gadgets';
  test.each([
    ['of the same path', [hitBy('POST', widgets, 'Create'), hitBy('PUT', `${widgets}/{name}`, 'Update')], 'Create'],
    ['of the same kind', [hitBy('GET', gadgets, 'Gadget'), hitBy('PUT', `${widgets}/{name}`, 'Update')], 'Update'],
    ['of the same group', [hitBy('GET', gadgets, 'Gadget')], 'Gadget'],
    ['of nothing else', [], null],
  ])('hits an endpoint %s', (_, hits, expected) => {
    const others = [
      makeEndpoint('POST', widgets),
      makeEndpoint('PUT', `${widgets}/{name}`),
      makeEndpoint('GET', gadgets),
    ];
    const facts = withHits(withEndpoints([widget, ...others], others), ...hits);
    const gap = judge(facts).gaps.find(({ endpoint }) => endpoint === widget.endpoint);
    expect(gap?.nearest?.test ?? null).toBe(expected === null ? null : codenameOf(expected));
  });
});

describe('new conformance tests that no run has seen', () => {
  test('are those of the change, and come with a command', () => {
    const conformance = makeList('conformance tests', [
      makeTest('ConfigMap', '1.36.0', { added: false }),
      makeTest('Widget -- "x"', '1.37.0', { added: true }),
      makeTest("Widget's", '1.37.0', { added: false }),
    ]);
    const answer = judge(makeFacts({ conformance }));
    expect(answer.unprovenTests).toEqual([
      { codename: codenameOf('Widget -- "x"'), file: 'test/e2e/widget -- "x".go', line: 1 },
    ]);
    expect(answer.prove).toMatchInlineSnapshot(
      `"snoop audit-run --kubeconfig "$KUBECONFIG" --out proof -- e2e.test --provider=skeleton --report-dir={report} --ginkgo.focus='(\\[sig-apps\\] Widget -- "x" should work \\[Conformance\\])$'"`,
    );
  });

  test('are those of this release if the previous list is unknown', () => {
    const conformance = makeList('conformance tests', [
      ...Array.from({ length: 300 }, (_, index) => makeTest(`Old ${index}`, '1.30.0')),
      makeTest('Widget', '1.37.0'),
      makeTest('Gadget', '1.37.0'),
      makeTest('Unreadable', null),
    ]);
    const hits = withHits(makeFacts(), widgetHit).hits;
    const answer = judge(makeFacts({ conformance, hits }), { partial: true });
    expect(answer.unprovenTests.map(({ codename }) => codename)).toEqual([codenameOf('Gadget')]);
  });
});

describe('own API groups', () => {
  const own = '/apis/example.com/v1/gadgets';
  const lower = '/apis/a.example.io/v1/gadgets';
  const facts: GateFacts = {
    ...withEndpoints([widget, makeEndpoint('GET', own), makeEndpoint('GET', lower)]),
    conformance: null,
    ineligible: null,
    pending: null,
    hits: [makeHits([{ endpoint: nameOf('GET', own), tests: ['my test'], tested: true, confTested: false }])],
  };

  test('are judged alone, without lists, by any test', () => {
    const rules = { groups: ['example.com', '*.example.io'] };
    expect(judge(facts, rules)).toMatchObject({
      exitCode: 1,
      counts: { endpoints: 2, newEndpoints: 2, proven: 1 },
      gaps: [{ endpoint: nameOf('GET', lower), sig: null, firstRelease: null }],
    });
    expect(judge(facts, { groups: ['example.com'] }).exitCode).toBe(0);
  });

  test('need no Kubernetes release', () => {
    const unknown = { ...facts, current: makeDocument(null, facts.current.endpoints) };
    expect(judge(unknown, { groups: ['example.com'] }).exitCode).toBe(0);
  });

  test('that the document lacks cannot be judged', () => {
    expect(judge(facts, { groups: ['example.org'] })).toMatchObject({
      exitCode: 3,
      doubts: ['the document has no endpoint of example.org. Correct --group, or get the document of your API.'],
    });
  });
});

test('gaps are sorted by group, kind and name, in any order of the document', () => {
  const paths = [
    '/version/',
    '/api/v1/pods',
    '/apis/b.k8s.io/v1/gadgets',
    '/apis/a.k8s.io/v1/widgets',
    '/apis/a.k8s.io/v1/gadgets',
  ];
  const endpoints = paths.map((path) => makeEndpoint('GET', path));
  const sorted = names(judge(withEndpoints(endpoints)).gaps);
  expect(sorted).toEqual(names(judge(withEndpoints(endpoints.toReversed())).gaps));
  expect(sorted).toEqual([
    'get_version_',
    'get_api_v1_pods',
    'get_apis_a_k8s_io_v1_gadgets',
    'get_apis_a_k8s_io_v1_widgets',
    'get_apis_b_k8s_io_v1_gadgets',
  ]);
});

test('facts and answer are plain data, and judging changes nothing', () => {
  const facts = ofThisCommit(withHits(makeFacts({ current: makeFacts().current }), widgetHit));
  const text = JSON.stringify(facts);
  const copy: GateFacts = JSON.parse(text);
  const answer = judge(facts, { debt: true, grace: 1, pendingLimit: 0 });
  expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  expect(judge(copy, { debt: true, grace: 1, pendingLimit: 0 })).toEqual(answer);
  expect(JSON.stringify(facts)).toBe(text);
});

test('sources are listed in the order of their roles', () => {
  const extra = makeHits([hitBy('GET', configMaps, 'ConfigMap')], {
    source: makeSource('hits', { name: 'more', release: '1.37.1', date: '2026-08-20' }),
  });
  const facts = makeFacts();
  const answer = judge({ ...facts, hits: [...facts.hits, extra] });
  expect(answer.sources.map(({ name }) => name)).toEqual([
    'the document',
    'the previous document',
    'the conformance tests',
    'the ineligible',
    'the pending',
    'the hits',
    'more',
  ]);
  expect(answer.notes).toContain('more is of 1.37.1, and the document of 1.37.0.');
});

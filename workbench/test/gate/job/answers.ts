import type { GateAnswer, Gap } from '../../../src/gate/answer.ts';

/** A whole answer. */
export function createAnswer(changes: Partial<GateAnswer> = {}): GateAnswer {
  return {
    ...{ verdict: 'nothing missing', exitCode: 0, summary: 'Nothing is missing.' },
    ...{ release: '1.38.0', previousRelease: '1.37.0', sources: [], doubts: [] },
    counts: { endpoints: 900, eligible: 600, newEndpoints: 0, proven: 0 },
    ...{ gaps: [], debt: null, due: [], pending: [], stale: [], staleFails: false, unprovenTests: [], prove: null },
    ...{ renamed: [], readded: [], removed: [], unknownHits: [], notes: [] },
    ...changes,
  } as GateAnswer;
}

export function createGap(endpoint: string, state: Gap['state'] = 'missing'): Gap {
  return {
    ...{ endpoint, method: 'GET', path: `/apis/example.com/v1/${endpoint}`, kind: 'Example', group: 'example.com' },
    ...{ version: 'v1', level: 'stable', firstRelease: '1.38.0', age: 0, isNew: true, state, because: null },
    ...{ nearest: null, sig: null, command: null },
  } as Gap;
}

export const missingAnswer = createAnswer({
  ...{ verdict: 'missing', exitCode: 1, summary: '2 endpoints are missing a conformance test.' },
  gaps: [createGap('listExample'), createGap('readExample'), createGap('patchExample', 'not yet proven')],
});

export const doubtfulAnswer = createAnswer({
  ...{ verdict: 'cannot tell', exitCode: 3, summary: 'The gate cannot tell.', release: null },
  doubts: ['pending.yaml is missing. Name it: --pending FILE'],
});

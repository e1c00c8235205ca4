import { expect, test } from 'vitest';
import type { RunRequestRow, RunsFile } from '../../../src/ui/data/live-model.ts';
import { describeFiles, describeResult } from '../../../src/report/listed-run.ts';
import { describeEvidence, showRequest } from '../../../web/src/runs/describe-run.ts';

const request: RunRequestRow = {
  ...{ auditId: 'run.1', test: 1, try: 1, step: 1, method: 'GET', path: '/api/v1/pods?limit=1', status: 200 },
  ...{ outcome: 'answered', error: null, endpoint: 'listCoreV1PodForAllNamespaces' },
  ...{ sentAt: '2026-11-30T10:00:00.000Z', answeredAt: '2026-11-30T10:00:00.010Z', closedAt: null },
  events: [
    { stage: 'ResponseStarted', source: 'local', code: 200, decides: false, seenAt: '2026-11-30T10:00:01Z' },
    { stage: 'ResponseComplete', source: 'local', code: 200, decides: true, seenAt: '2026-11-30T10:00:02Z' },
  ],
};

test.each<[Partial<RunRequestRow>, string]>([
  [{}, 'recorded: ResponseComplete, local'],
  [{ events: request.events.slice(0, 1) }, 'its last stage is not recorded'],
  [{ events: [] }, 'not recorded'],
  [{ events: [], outcome: 'no answer' }, 'got no answer'],
  [{ events: [], outcome: 'before audit' }, 'answered before the audit layer'],
])('the evidence of %j', (more, text) => {
  expect(describeEvidence({ ...request, ...more })).toBe(text);
});

test('shows a request until its stream is closed, else until its answer', () => {
  const shown = showRequest(request, 'list');
  expect(shown).toMatchObject({ request: 'GET /api/v1/pods?limit=1', answer: '200', isSuccess: true, group: 'list' });
  expect((shown.end ?? 0) - (shown.start ?? 0)).toBe(10);
  const closed = showRequest({ ...request, closedAt: '2026-11-30T10:00:03.000Z' }, null);
  expect((closed.end ?? 0) - (closed.start ?? 0)).toBe(3000);
  expect(showRequest({ ...request, status: 101 }, null).isSuccess).toBe(true);
  expect(showRequest({ ...request, status: 409 }, null).isSuccess).toBe(false);
  expect(showRequest({ ...request, status: null, error: 'socket hang up' }, null)).toMatchObject({
    answer: 'socket hang up',
    isSuccess: false,
  });
});

test('describes a run as snoop runs does', () => {
  const run: RunsFile['runs'][number] = {
    ...{ id: 'run', startedAt: '2026-11-30T10:00:00Z', endedAt: null, files: ['a.live.ts', 'b.live.ts'], author: null },
    ...{ agent: 'live-test-writing', state: 'passed', tests: 3, outlined: 2, requests: 1, newlyHit: null },
    importedAt: '2026-11-30T11:00:00Z',
  };
  expect(describeResult(run)).toBe('passed, 2 outlined, imported');
  expect(describeFiles(run.files)).toBe('a.live.ts and 1 more');
  expect(describeFiles(['a.live.ts'])).toBe('a.live.ts');
  expect(describeFiles([])).toBeNull();
});

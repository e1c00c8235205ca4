import type { TailedEvent } from '../../../src/tail/tailed-event.ts';

/** An event of a person's request with success. */
export function makeEvent(change: Partial<TailedEvent> = {}): TailedEvent {
  return {
    id: 1,
    auditId: 'a',
    stage: 'ResponseComplete',
    verb: 'list',
    code: 200,
    endpoint: 'listPods',
    reason: null,
    ambiguous: null,
    agent: 'kubectl/v1.36',
    test: null,
    user: 'ada',
    isController: change.agent?.startsWith('kubelet/') ?? false,
    source: 'a cluster',
    isHit: true,
    isDryRun: false,
    path: '/api/v1/pods',
    stagedAt: '2026-11-21T10:00:00.004000Z',
    storedAt: '2026-11-21T10:00:00.104000Z',
    untestedUntilNow: false,
    ...change,
  };
}

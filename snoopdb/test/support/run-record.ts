import type { RunRecord, RunRequest } from '../../src/index.ts';

const at = new Date('2026-11-21T03:05:01Z');

/** A GET that was answered 200. */
export function createRunRequest(fields: Partial<RunRequest> & Pick<RunRequest, 'auditId' | 'path'>): RunRequest {
  return {
    test: 1,
    try: 1,
    step: null,
    isDryRun: false,
    method: 'GET',
    status: 200,
    outcome: 'answered',
    error: null,
    sentAt: at,
    answeredAt: at,
    closedAt: at,
    ...fields,
  };
}

/** A run that passed, of nothing yet. */
export function createRun(fields: Partial<RunRecord> & Pick<RunRecord, 'id' | 'sources'>): RunRecord {
  return {
    author: null,
    agent: 'live-test-writing',
    clusterVersion: '1.36.3',
    clusterServer: null,
    startedAt: at,
    endedAt: at,
    state: 'passed',
    tests: [],
    requests: [],
    errors: [],
    ...fields,
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestStamp } from '../audited-cluster/agent-pool.ts';
import { readCreatedObject } from '../audited-cluster/created-object.ts';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { hasDryRun, canHaveDryRun, watchBody } from '../audited-cluster/request-body.ts';
import { watchRequest } from '../audited-cluster/request-watch.ts';
import { encodeHeader, formatLiveTestAgent } from '../audited-cluster/user-agent.ts';
import { SnoopError } from '../errors.ts';
import type { WorkerJournal } from '../journal/journal.ts';
import type { WorkerLine } from '../journal/journal-lines.ts';

/**
 * Gives a part of a test a name. Its requests are listed below that name; steps may be nested and run side by side.
 * Returns what `work` returns; a throw fails the step and goes on.
 */
export type Step = <T>(name: string, work: () => T | Promise<T>) => Promise<T>;

/** One run of one test: its requests and steps on their way into the journal. */
export interface TestRecording {
  /** Sets agent and Audit-ID of a request and notes what becomes of it. */
  readonly stamp: RequestStamp;
  readonly step: Step;
  /** What the test created and what has to be removed after it, in this order. */
  readonly created: readonly ClusterObject[];
  /** Notes an object that is to be removed, at the latest by whoever finds this journal. */
  recordCreated(object: ClusterObject): void;
  /** Notes that it is removed. */
  recordRemoved(object: ClusterObject): void;
  /** Objects in this namespace go with it. */
  addOwnNamespace(name: string): void;
  end(): void;
}

interface RunningStep {
  readonly test: object;
  readonly number: number;
  readonly name: string;
}

const runningStep = new AsyncLocalStorage<RunningStep>();

/** Numbers go on over all tests of a worker's journal, and over the retries of a test: none is given twice. */
const counters = new WeakMap<WorkerJournal, Map<string, number>>();

function nextNumber(journal: WorkerJournal, what: string): number {
  const counter = counters.get(journal) ?? new Map<string, number>();
  counters.set(journal, counter);
  const number = (counter.get(what) ?? 0) + 1;
  counter.set(what, number);
  return number;
}

/** @param test vitest's id of the test, its full name, the absolute path of its file, and which try of it this is, from 1 */
export function recordTest(
  journal: WorkerJournal,
  runId: string,
  test: { id: string; name: string; file: string; try: number; timeoutMs?: number },
): TestRecording {
  const agent = encodeHeader(formatLiveTestAgent(test.name));
  const self = {};
  journal.write({
    ...{ kind: 'test', at: now(), test: test.id, try: test.try, name: test.name, file: test.file },
    ...(test.timeoutMs !== undefined && { timeoutMs: test.timeoutMs }),
  });
  const created: ClusterObject[] = [];
  const ownNamespaces = new Set<string>();
  const recordCreated = ({ path, uid }: ClusterObject): void =>
    writeIfPossible(journal, { kind: 'created', at: now(), test: test.id, path, uid });

  const currentStep = (): RunningStep | null => {
    const step = runningStep.getStore();
    return step?.test === self ? step : null;
  };

  return {
    stamp(request) {
      if (request.headersSent) {
        throw new SnoopError(
          'unrecordable_request',
          `${request.method} ${request.path} fixes its head before it can be recorded.`,
          { advice: ['Give headers as an object, not as an array, and without Expect.'] },
        );
      }
      const id = `${runId}.${journal.worker}.${nextNumber(journal, 'request')}`;
      request.setHeader('User-Agent', agent);
      request.setHeader('Audit-ID', id);
      const step = currentStep()?.number ?? null;
      journal.write({
        ...{ kind: 'sent', at: now(), id, test: test.id, try: test.try, step },
        ...{ method: request.method, path: request.path },
      });
      if (canHaveDryRun(request)) {
        // An event at level Metadata does not show it.
        watchBody(request, (body) => {
          if (hasDryRun(body, request.method === 'POST')) {
            writeIfPossible(journal, { kind: 'dry-run', at: now(), id });
          }
        });
      }
      watchRequest(request, {
        answered: (status, response) => {
          writeIfPossible(journal, { kind: 'answered', at: now(), id, status });
          readCreatedObject(request, response, (object) => {
            const namespace = /\/namespaces\/([^/]+)\/[^/]+\/[^/]+$/.exec(object.path)?.[1];
            if (namespace !== undefined && ownNamespaces.has(namespace)) return;
            created.push(object);
            recordCreated(object);
          });
        },
        closed: (error, beforeAudit) =>
          writeIfPossible(journal, {
            ...{ kind: 'closed', at: now(), id, error: error?.message ?? null },
            ...(beforeAudit && { beforeAudit }),
          }),
      });
    },
    async step(name, work) {
      const outer = currentStep();
      const step = {
        test: self,
        number: nextNumber(journal, `step of ${test.id}`),
        name: outer ? `${outer.name} > ${name}` : name,
      };
      journal.write({ kind: 'step', at: now(), test: test.id, try: test.try, step: step.number, name: step.name });
      const end = (state: 'passed' | 'failed'): void =>
        journal.write({ kind: 'step-end', at: now(), test: test.id, step: step.number, state });
      try {
        const result = await runningStep.run(step, async () => work());
        end('passed');
        return result;
      } catch (error) {
        end('failed');
        throw error;
      }
    },
    created,
    recordCreated,
    recordRemoved: ({ uid }) => writeIfPossible(journal, { kind: 'removed', at: now(), uid }),
    addOwnNamespace: (name) => void ownNamespaces.add(name),
    end: () => journal.write({ kind: 'test-end', at: now(), test: test.id }),
  };
}

/** Within an event of a socket a throw would end the worker. The next request's line fails in the test, where it is seen. */
function writeIfPossible(journal: WorkerJournal, line: WorkerLine): void {
  try {
    journal.write(line);
  } catch {
    // The outcome of this request stays unknown.
  }
}

function now(): string {
  return new Date().toISOString();
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestStamp } from '../audited-cluster/agent-pool.ts';
import { readCreatedObject } from '../audited-cluster/created-object.ts';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { watchRequest } from '../audited-cluster/request-watch.ts';
import { encodeHeader, formatLiveTestAgent } from '../audited-cluster/user-agent.ts';
import { SnoopError } from '../errors.ts';
import type { WorkerJournal } from '../journal/journal.ts';
import type { WorkerLine } from '../journal/journal-lines.ts';
import { recordAnswerBody, recordRequestBody } from './body-recording.ts';

/** Names a part of a test. */
export interface Step {
  /**
   * Lists the requests of `work` under that name. Steps may be nested and run in parallel. Returns what `work` returns;
   * a throw fails the step and is rethrown.
   */
  <T>(name: string, work: () => T | Promise<T>): Promise<T>;
  /**
   * Outlines a step that is to be written. A test with nothing but such steps is outlined, neither passed nor failed.
   *
   * @example
   * await step('create a PodTemplate');
   */
  (name: string): Promise<void>;
}

/** Records one try of a test: its requests and steps, into the journal. */
export interface TestRecording {
  /** Sets a request's agent and Audit-ID and records its outcome. */
  readonly stamp: RequestStamp;
  readonly step: Step;
  /** Objects created by the test, in this order, to be removed after it. */
  readonly created: readonly ClusterObject[];
  /** Records an object to be removed, now or by the next sweep. */
  recordCreated(object: ClusterObject): void;
  /** Records its removal. */
  recordRemoved(object: ClusterObject): void;
  /** Records the namespace of the test. @param own whether it was created for it: its objects are removed with it */
  recordNamespace(name: string, own: boolean): void;
  end(): void;
  /** Records how the try ended. */
  recordResult(state: 'passed' | 'failed', error: string | null): void;
}

interface RunningStep {
  readonly test: object;
  readonly number: number;
  readonly name: string;
}

const runningStep = new AsyncLocalStorage<RunningStep>();

/** Numbers are unique over all tests and retries of a worker. */
const counters = new WeakMap<WorkerJournal, Map<string, number>>();

function nextNumber(journal: WorkerJournal, what: string): number {
  const counter = counters.get(journal) ?? new Map<string, number>();
  counters.set(journal, counter);
  const number = (counter.get(what) ?? 0) + 1;
  counter.set(what, number);
  return number;
}

/** The API server cuts agents there, too. */
const maxAgentCharacters = 1024;

/**
 * @param test vitest's id of the test, its full name, the absolute path of its file, and its try, from 1
 * @param options.isOtherProgram whether another program sends the requests: its agent is noted, and what it creates stays
 */
export function recordTest(
  journal: WorkerJournal,
  runId: string,
  test: { id: string; name: string; file: string; try: number; timeoutMs?: number },
  { isOtherProgram = false }: { readonly isOtherProgram?: boolean } = {},
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

  async function step<T>(name: string, work: () => T | Promise<T>): Promise<T>;
  async function step(name: string): Promise<void>;
  async function step(name: string, work?: () => unknown): Promise<unknown> {
    const outer = currentStep();
    const running = {
      test: self,
      number: nextNumber(journal, `step of ${test.id}`),
      name: outer ? `${outer.name} > ${name}` : name,
    };
    journal.write({ kind: 'step', at: now(), test: test.id, try: test.try, step: running.number, name: running.name });
    const end = (state: 'passed' | 'failed' | 'outlined'): void =>
      journal.write({ kind: 'step-end', at: now(), test: test.id, step: running.number, state });
    if (work === undefined) return end('outlined');
    try {
      const result = await runningStep.run(running, async () => work());
      end('passed');
      return result;
    } catch (error) {
      end('failed');
      throw error;
    }
  }

  return {
    stamp(request) {
      if (request.headersSent) {
        throw new SnoopError(
          'unrecordable_request',
          `${request.method} ${request.path} has sent its headers before it could be recorded.`,
          { advice: ['Pass headers as an object, not as an array, and without Expect.'] },
        );
      }
      const id = `${runId}.${journal.worker}.${nextNumber(journal, 'request')}`;
      const own = isOtherProgram ? request.getHeader('User-Agent') : undefined;
      request.setHeader('User-Agent', agent);
      request.setHeader('Audit-ID', id);
      const step = currentStep()?.number ?? null;
      journal.write({
        ...{ kind: 'sent', at: now(), id, test: test.id, try: test.try, step },
        ...{ method: request.method, path: request.path },
        ...(own !== undefined && { agent: String(own).slice(0, maxAgentCharacters) }),
      });
      recordRequestBody(journal, id, request, {
        dryRun: () => writeIfPossible(journal, { kind: 'dry-run', at: now(), id }),
        unread: (type) => writeIfPossible(journal, { kind: 'unread', at: now(), id, type }),
      });
      watchRequest(request, {
        answered: (status, response) => {
          writeIfPossible(journal, { kind: 'answered', at: now(), id, status });
          recordAnswerBody(journal, id, request, response);
          if (isOtherProgram) return;
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
    step,
    created,
    recordCreated,
    recordRemoved: ({ uid }) => writeIfPossible(journal, { kind: 'removed', at: now(), uid }),
    recordNamespace(name, own) {
      if (own) ownNamespaces.add(name);
      writeIfPossible(journal, { kind: 'namespace', at: now(), test: test.id, name, own });
    },
    end: () => journal.write({ kind: 'test-end', at: now(), test: test.id }),
    recordResult: (state, error) =>
      writeIfPossible(journal, { kind: 'test-result', at: now(), test: test.id, state, error }),
  };
}

/** A throw in a socket's event would end the worker; a full disk fails the next request instead. */
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

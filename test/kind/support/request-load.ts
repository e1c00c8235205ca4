import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { onTestFinished } from 'vitest';
import { waitUntil } from './wait-until.ts';

/** One request of the load. */
export interface SentRequest {
  readonly auditId: string;
  /** Method and path, for people. */
  readonly what: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** null: no answer, or one that broke off; nobody knows whether the apiserver saw the request. */
  readonly status: number | null;
}

export interface RequestLoad {
  /** What all audit IDs of this load, and of no other, begin with. */
  readonly prefix: string;
  readonly sent: readonly SentRequest[];
  /** Resolves when so many more requests were answered. */
  sawAnswers(count: number): Promise<void>;
  /** Sends no more, waits for the answers under way. */
  stop(): Promise<readonly SentRequest[]>;
}

/** More at once only make a small machine slow; each waits for its answer. */
const senders = 4;
const betweenMs = 20;
const afterNoAnswerMs = 200;
const patienceMs = 15_000;

/**
 * Sends requests of several kinds to a cluster until told to stop, each with an Audit-ID of its own, and remembers which
 * were answered. It goes on while nobody answers.
 *
 * @param kubeconfig the cluster's, with an administrator's rights
 */
export async function startRequestLoad(kubeconfig: string): Promise<RequestLoad> {
  const prefix = `load-${randomBytes(6).toString('hex')}-`;
  const server = await readServer(kubeconfig);
  const sent: SentRequest[] = [];
  let number = 0;
  let isStopping = false;

  const sendInTurn = async (): Promise<void> => {
    while (!isStopping) {
      number++;
      const auditId = `${prefix}${number}`;
      const { method, path, body } = makeRequest(number, prefix);
      const at = new Date().toISOString();
      const status = await ask({ ...server, method, path, headers: { ...server.headers, 'Audit-ID': auditId } }, body);
      sent.push({ auditId, what: `${method} ${path}`, at, status });
      // No fact to wait for: it is the pace of the load.
      await wait(status === null ? afterNoAnswerMs : betweenMs);
    }
  };
  const done = Promise.all(Array.from({ length: senders }, sendInTurn));
  const stop = async (): Promise<readonly SentRequest[]> => {
    isStopping = true;
    await done;
    server.agent.destroy();
    return sent;
  };
  onTestFinished(async () => void (await stop()));
  const countAnswers = (): number => sent.filter(({ status }) => status !== null).length;
  return {
    prefix,
    sent,
    sawAnswers(count) {
      const wanted = countAnswers() + count;
      return waitUntil(`${count} more requests are answered`, () => countAnswers() >= wanted);
    },
    stop,
  };
}

type Server = RequestOptions & { agent: Agent; headers: Record<string, string> };

async function readServer(kubeconfig: string): Promise<Server> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${kubeconfig} names no cluster.`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key } = options;
  const { hostname, port } = new URL(cluster.server);
  const agent = new Agent({ keepAlive: true, ca, cert, key });
  return { hostname, port, agent, headers: { 'User-Agent': 'snoop-kind-test' } };
}

/** Reads and writes, answers with success and without, a body now and then. */
function makeRequest(number: number, prefix: string): { method: string; path: string; body?: string } {
  const name = `${prefix}${number}`;
  const configMaps = '/api/v1/namespaces/default/configmaps';
  switch (number % 4) {
    case 0:
      return { method: 'GET', path: '/api/v1/namespaces?limit=1' };
    case 1:
      return { method: 'POST', path: `${configMaps}?dryRun=All`, body: JSON.stringify({ metadata: { name } }) };
    case 2:
      return { method: 'GET', path: `${configMaps}/${name}` };
    default:
      return { method: 'GET', path: '/version' };
  }
}

/** @returns the status of an answer that came to its end; null: there was none */
function ask(options: RequestOptions, body: string | undefined): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request({ ...options, timeout: patienceMs }, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.complete ? (answer.statusCode ?? null) : null));
    });
    if (body !== undefined) asked.setHeader('Content-Type', 'application/json');
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.end(body);
  });
}

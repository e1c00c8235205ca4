import { readFileSync } from 'node:fs';
import { stampOwnRequest } from '../../audited-cluster/own-kube-config.ts';
import { type ClusterAccess, type RawResponse, sendRaw } from '../../audited-cluster/raw-request.ts';
import { SnoopError } from '../../errors.ts';
import { formatJson } from '../../output/control-characters.ts';
import { type KeptAnswer, keptAnswerFile, parseKeptAnswer } from './kept-answer.ts';

/** Where the answer of a job is kept. */
export interface AnswerStore {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  /** The name of the ConfigMap. */
  readonly name: string;
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const timeoutMs = 30_000;
/** A ConfigMap has at most 1 MiB; its managed fields come on top. */
const maxBytes = 4 << 20;
const maxTries = 5;

/**
 * Opens the cluster that this Pod runs in, with the Pod's ServiceAccount.
 *
 * @throws SnoopError `no_cluster` outside of a cluster
 */
export async function openOwnCluster(name: string): Promise<AnswerStore> {
  try {
    const namespace = readFileSync(`${accountFolder}/namespace`, 'utf8').trim();
    // The client loads slowly; only this command needs it.
    const { StampedKubeConfig } = await import('../../audited-cluster/stamped-kube-config.ts');
    const cluster = new StampedKubeConfig(stampOwnRequest);
    cluster.loadFromCluster();
    return { cluster, namespace, name };
  } catch (cause) {
    throw new SnoopError('no_cluster', 'This process has no ServiceAccount of a cluster.', {
      cause,
      advice: ["Run it in the CronJob of 'snoop gate job --for cronjob', or name a cluster: --kubeconfig FILE"],
    });
  }
}

/**
 * Replaces the kept answer, but not by an older one. It is read and written in turn until nothing came between.
 *
 * @param create makes the answer from the kept one; null: none is kept, or it is unreadable
 * @returns what is kept now
 * @throws SnoopError `no_config_map` when the ConfigMap is missing, `not_kept` when it cannot be written
 */
export async function keepAnswer(
  store: AnswerStore,
  create: (before: KeptAnswer | null) => KeptAnswer,
  signal: AbortSignal,
): Promise<KeptAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await readConfigMap(store, signal);
    const answer = create(found.answer);
    if (found.answer !== null && Date.parse(found.answer.answeredAt) > Date.parse(answer.answeredAt))
      return found.answer;
    const response = await sendRaw(store.cluster, {
      method: 'PATCH',
      path: pathOf(store),
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: {
        metadata: { resourceVersion: found.resourceVersion },
        data: { [keptAnswerFile]: formatJson(answer) },
      },
      ...{ signal, timeoutMs, maxBytes },
    });
    if (response.status === 200) return answer;
    if (response.status !== 409 || attempt === maxTries) throw notKept(store, 'written', response);
  }
}

async function readConfigMap(
  store: AnswerStore,
  signal: AbortSignal,
): Promise<{ readonly resourceVersion: string; readonly answer: KeptAnswer | null }> {
  const response = await sendRaw(store.cluster, { path: pathOf(store), signal, timeoutMs, maxBytes });
  if (response.status === 404) {
    throw new SnoopError('no_config_map', `There is no ConfigMap ${store.name} in the namespace ${store.namespace}.`, {
      advice: ["Apply the file of 'snoop gate job --for cronjob' again."],
    });
  }
  if (response.status !== 200) throw notKept(store, 'read', response);
  const { metadata, data } = response.json() as {
    readonly metadata: { readonly resourceVersion: string };
    readonly data?: Readonly<Record<string, string>>;
  };
  return { resourceVersion: metadata.resourceVersion, answer: readKept(data?.[keptAnswerFile]) };
}

/** An unreadable answer counts as none, so that the next one can be kept. */
function readKept(text: string | undefined): KeptAnswer | null {
  try {
    return text === undefined ? null : parseKeptAnswer(text);
  } catch {
    return null;
  }
}

function pathOf({ namespace, name }: AnswerStore): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
}

function notKept({ name }: AnswerStore, verb: string, { status, body }: RawResponse): SnoopError {
  return new SnoopError('not_kept', `The ConfigMap ${name} could not be ${verb}: the cluster answered ${status}.`, {
    advice: [body.slice(0, 300), status === 403 ? 'Its Role needs the verbs get and patch.' : ''].filter(
      (one) => one !== '',
    ),
  });
}

import { describeApiError, describeRequestError } from '../audited-cluster/api-error.ts';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess, RawResponse } from '../audited-cluster/raw-request.ts';
import { pause } from '../pause.ts';

/** Limit for all removals together. */
const removalMs = 10_000;
/** Limit for finalizers after that. */
const goneMs = 5_000;
const pollMs = 50;
const maxAnswerBytes = 16_000_000;

export interface RemovalOutcome {
  readonly removed: readonly ClusterObject[];
  /** What stays and why, one line each. */
  readonly failures: readonly string[];
}

/**
 * Removes objects in reverse order, since later ones may need earlier ones. Objects are identified by uid: a missing
 * one is fine, and another one of the same name is not touched. Waits briefly for finalizers (a
 * CustomResourceDefinition, say), so that the next run can create the objects again; not for namespaces, which take
 * seconds.
 *
 * @param ownKubeConfig for requests outside the evidence
 */
export async function removeObjects(
  ownKubeConfig: ClusterAccess,
  objects: readonly ClusterObject[],
): Promise<RemovalOutcome> {
  const signal = AbortSignal.timeout(removalMs);
  const removed: ClusterObject[] = [];
  const lingering: ClusterObject[] = [];
  const failures: string[] = [];
  for (const object of [...objects].reverse()) {
    try {
      const answer = await sendRaw(ownKubeConfig, { ...createDeleteRequest(object), signal, maxBytes: maxAnswerBytes });
      const isGone = answer.status === 404 || answer.status === 409;
      if (!isGone && answer.status >= 300) throw readRefusal(answer);
      removed.push(object);
      if (!isGone && isLingering(answer) && !isNamespace(object)) lingering.push(object);
    } catch (error) {
      failures.push(`${object.path}: ${describeRequestError(error)}`);
    }
  }
  await waitUntilGone(ownKubeConfig, lingering);
  return { removed, failures };
}

function createDeleteRequest({ path, uid }: ClusterObject): { method: string; path: string; body: object } {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    preconditions: { uid },
  };
  return { method: 'DELETE', path, body };
}

function readRefusal(answer: RawResponse): Error {
  const { status, body, headers } = answer;
  return new Error(describeApiError({ code: status, body, headers }) ?? `the API server answered ${status}`);
}

/** A response other than a Status is the object, waiting for its finalizers. */
function isLingering(answer: RawResponse): boolean {
  try {
    const { kind, metadata } = answer.json() as { kind?: string; metadata?: { deletionTimestamp?: string } };
    return kind !== 'Status' && metadata?.deletionTimestamp !== undefined;
  } catch {
    return false;
  }
}

function isNamespace({ path }: ClusterObject): boolean {
  return /\/api\/v1\/namespaces\/[^/]+$/.test(path);
}

async function waitUntilGone(ownKubeConfig: ClusterAccess, objects: readonly ClusterObject[]): Promise<void> {
  if (objects.length === 0) return;
  const signal = AbortSignal.timeout(goneMs);
  for (const { path, uid } of objects) {
    while (!signal.aborted) {
      const answer = await sendRaw(ownKubeConfig, { path, signal, maxBytes: maxAnswerBytes }).catch(() => null);
      if (answer === null || answer.status !== 200 || !answer.body.includes(uid)) break;
      await pause(pollMs, signal);
    }
  }
}

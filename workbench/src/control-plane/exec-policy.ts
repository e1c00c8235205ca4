import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { SnoopError } from '../errors.ts';
import { sendToCluster } from './cluster-request.ts';
import type { AdminAccess } from './cluster-request.ts';

const policyFile = new URL('../../nodes/exec-off.yaml', import.meta.url);
const effectTimeoutMs = 30_000;
const pollMs = 100;
/** A policy refuses an exec before the Pod is looked for, so it need not exist. */
const probe = '/api/v1/namespaces/default/pods/snoop-exec-probe/exec?command=none';

interface PolicyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/**
 * Creates or deletes the policy that refuses exec, and waits until it has an effect, or none.
 *
 * @throws SnoopError `exec_not_set`
 */
export async function setExecPolicy(access: AdminAccess, isOff: boolean, signal: AbortSignal): Promise<void> {
  const objects = loadAll(readFileSync(policyFile, 'utf8')) as PolicyObject[];
  for (const object of objects) await (isOff ? create(access, object) : remove(access, object));
  const deadline = performance.now() + effectTimeoutMs;
  for (;;) {
    const { status } = await sendToCluster(access, { path: probe }, [403, 404]);
    if ((status === 403) === isOff) return;
    if (performance.now() > deadline) {
      throw new SnoopError('exec_not_set', `exec could not be turned ${isOff ? 'off' : 'on'} in the API server.`);
    }
    await wait(pollMs, undefined, { signal });
  }
}

async function create(access: AdminAccess, body: PolicyObject): Promise<void> {
  await sendToCluster(access, { method: 'POST', path: locate(body), body }, [201, 409]);
}

async function remove(access: AdminAccess, object: PolicyObject): Promise<void> {
  const path = `${locate(object)}/${object.metadata.name}`;
  await sendToCluster(access, { method: 'DELETE', path }, [200, 404]);
}

function locate({ kind }: PolicyObject): string {
  const resource = kind.toLowerCase().replace(/y$/, 'ies').replace(/g$/, 'gs');
  return `/apis/admissionregistration.k8s.io/v1/${resource}`;
}

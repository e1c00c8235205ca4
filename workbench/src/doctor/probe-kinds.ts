import { randomBytes } from 'node:crypto';
import type { RawRequest } from '../audited-cluster/raw-request.ts';

/** A harmless request of one kind, as audit policies distinguish them. */
export interface ProbeKind {
  /** For sentences: `list configmaps`. */
  readonly name: string;
  readonly request: Pick<RawRequest, 'method' | 'path' | 'body' | 'headers'>;
  readonly isWatch?: boolean;
}

/**
 * Lists the probe requests, the main one first. They read objects that do not exist, or few that do, and write only with
 * `dryRun=All`: nothing is created, changed or deleted. The random name proves that an event is the request's own.
 */
export function listProbeKinds(): readonly [ProbeKind, ...ProbeKind[]] {
  const name = `snoop-probe-${randomBytes(10).toString('hex')}`;
  const inDefault = '/api/v1/namespaces/default';
  const maps = `${inDefault}/configmaps`;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
  const get = (what: string, path: string): ProbeKind => ({ name: what, request: { path } });
  const write = (method: string, verb: string, path: string, body?: unknown, type?: string): ProbeKind => ({
    name: `${verb} configmaps`,
    request: {
      method,
      path: `${path}${path.includes('?') ? '&' : '?'}dryRun=All`,
      ...(body !== undefined && { body }),
      ...(type !== undefined && { headers: { 'Content-Type': type } }),
    },
  });
  return [
    get('get namespaces', `/api/v1/namespaces/${name}`),
    get('list configmaps', `${maps}?limit=1`),
    { name: 'watch configmaps', request: { path: `${maps}?watch=true&timeoutSeconds=1` }, isWatch: true },
    write('POST', 'create', maps, object),
    write('PUT', 'update', `${maps}/${name}`, object),
    write('PATCH', 'patch', `${maps}/${name}`, {}, 'application/merge-patch+json'),
    write('DELETE', 'delete', `${maps}/${name}`),
    write('DELETE', 'deletecollection', `${maps}?fieldSelector=metadata.name%3D${name}`),
    get('get configmaps in kube-system', `/api/v1/namespaces/kube-system/configmaps/${name}`),
    get('get secrets', `${inDefault}/secrets/${name}`),
    get('list events', `${inDefault}/events?limit=1`),
    get('get endpoints', `${inDefault}/endpoints/${name}`),
    get('get nodes/status', `/api/v1/nodes/${name}/status`),
    get('get pods/log', `${inDefault}/pods/${name}/log`),
    get('get pods/exec', `${inDefault}/pods/${name}/exec?command=true`),
    get('get deployments', `/apis/apps/v1/namespaces/default/deployments/${name}`),
    get('get leases', `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`),
    get('get /version', '/version'),
    get('get /api', '/api'),
  ];
}

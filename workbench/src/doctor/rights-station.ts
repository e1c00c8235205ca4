import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { notChecked, ok, wrong } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { Station } from './station.ts';

const requestTimeoutMs = 10_000;
const anonymous = 'system:anonymous';

/** What a run needs, beyond the requests of its tests. */
interface Right {
  /** After "may not". */
  readonly what: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Whether the user has the rights that live tests need; the cluster does not store reviews. */
export const rightsStation: Station = {
  name: 'rights',
  limitMs: () => 30_000,
  async check({ options: { namespace }, facts: { target, access, cluster }, signal }) {
    if (!target || !access || !cluster) return onlyFinding(notChecked('the cluster gave no version'));
    const review = createReviewer(access, signal);
    const self = await review('authentication.k8s.io', 'self', {});
    const name = readField(self.body, 'status', 'userInfo', 'username');
    // Before Kubernetes 1.28 there is no such review.
    const user = typeof name === 'string' ? name : target.user;
    if (user === anonymous || (self.status === 403 && self.refusal.includes(anonymous)))
      return onlyFinding(wrong('anonymous', { user: target.user }));
    const rights = listRights(namespace);
    const allowed = await Promise.all(rights.map(({ spec }) => review('authorization.k8s.io', 'access', spec)));
    const failed = allowed.find(({ status }) => status !== 201);
    if (failed) {
      return onlyFinding(notChecked(`the cluster answers ${failed.status} to a SelfSubjectAccessReview`));
    }
    const missing = rights.filter((_right, index) => readField(allowed[index]?.body, 'status', 'allowed') !== true);
    const list = (some: readonly Right[]): string => some.map(({ what }) => what).join(', ');
    if (missing.length > 0) return onlyFinding(wrong('rights_missing', { user, rights: list(missing) }));
    return onlyFinding(ok(`${user} may ${list(rights)}`));
  },
};

function listRights(namespace: string | null): Right[] {
  const url = (path: string): Right => ({
    what: `get ${path}`,
    spec: { nonResourceAttributes: { path, verb: 'get' } },
  });
  const resource = (verb: string, name: string, where: string | null = null): Right => ({
    what: `${verb} ${name}${where === null ? '' : ` in ${where}`}`,
    spec: { resourceAttributes: { verb, resource: name, ...(where !== null && { namespace: where }) } },
  });
  if (namespace !== null) {
    return [url('/openapi/v2'), ...['get', 'create', 'delete'].map((verb) => resource(verb, 'configmaps', namespace))];
  }
  return [
    url('/openapi/v2'),
    ...['get', 'create', 'delete'].map((verb) => resource(verb, 'namespaces')),
    resource('watch', 'serviceaccounts'),
  ];
}

type Review = (
  group: 'authorization.k8s.io' | 'authentication.k8s.io',
  kind: 'access' | 'self',
  spec: Readonly<Record<string, unknown>>,
) => Promise<{
  readonly status: number;
  /** null: refused. */
  readonly body: unknown;
  readonly refusal: string;
}>;

function createReviewer(access: ClusterAccess, signal: AbortSignal): Review {
  return async (group, kind, spec) => {
    const name = kind === 'access' ? 'SelfSubjectAccessReview' : 'SelfSubjectReview';
    const answer = await sendRaw(access, {
      method: 'POST',
      path: `/apis/${group}/v1/${name.toLowerCase()}s`,
      body: { apiVersion: `${group}/v1`, kind: name, ...(kind === 'access' && { spec }) },
      timeoutMs: requestTimeoutMs,
      maxBytes: 1 << 20,
      signal,
    });
    const isDone = answer.status === 201;
    return { status: answer.status, body: isDone ? answer.json() : null, refusal: isDone ? '' : answer.body };
  };
}

function readField(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  }
  return found;
}

import { listTexts } from '../../lint/fields.ts';
import { type PolicyRule, readRule } from '../../lint/audit/policy-rule.ts';
import { readYaml } from '../../lint/yaml-node.ts';
import { describePolicyRequests, type PolicyRequest, type RequestedOperation } from './policy-request.ts';

/** An endpoint with the reason why its requests, or some of them, do not show. */
export interface HiddenEndpoint {
  readonly endpoint: string;
  readonly reason: string;
}

/** What an audit policy does not show of the requests of tests. */
export interface PolicyView {
  /** Endpoints of which no request shows, or none with its response code. */
  readonly hidden: readonly HiddenEndpoint[];
  /** Endpoints of which some requests do not show: of some users, objects or namespaces, or watches. */
  readonly partly: readonly HiddenEndpoint[];
}

interface ReadPolicy {
  readonly rules: readonly (PolicyRule & { readonly omitStages: readonly string[] })[];
  readonly omitStages: readonly string[];
}

/**
 * Finds what an audit policy hides. The first rule that matches a request decides; without one the level is None
 * (k8s.io/apiserver/pkg/audit/policy/checker.go, v0.36.3).
 *
 * @throws Error if the text is not an audit policy, with a sentence that says why
 */
export function readPolicyView(text: string, operations: readonly RequestedOperation[]): PolicyView {
  const policy = readPolicy(text);
  const hidden: HiddenEndpoint[] = [];
  const partly: HiddenEndpoint[] = [];
  for (const operation of operations) {
    if (operation.deprecated) continue;
    const { endpoint } = operation;
    const [main = [], ...others] = describePolicyRequests(operation).map((request) => judgeRequest(policy, request));
    const reasons = [main, ...others].flat().filter((reason) => reason !== null);
    const [reason] = reasons;
    if (reason === undefined) continue;
    (main.includes(null) ? partly : hidden).push({ endpoint, reason });
  }
  const sort = (list: HiddenEndpoint[]): HiddenEndpoint[] =>
    list.sort((one, other) => (one.endpoint < other.endpoint ? -1 : 1));
  return { hidden: sort(hidden), partly: sort(partly) };
}

function readPolicy(text: string): ReadPolicy {
  const documents = readYaml(text, () => {});
  if (documents === null) throw new Error('It is not YAML.');
  const [policy, ...more] = documents;
  if (policy === undefined || more.length > 0) throw new Error('It is not one YAML document.');
  const [apiVersion, kind] = [policy.get('apiVersion')?.text, policy.get('kind')?.text];
  if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1') {
    throw new Error("It is not an audit policy: 'apiVersion: audit.k8s.io/v1' and 'kind: Policy' are missing.");
  }
  const nodes = policy.get('rules')?.items() ?? [];
  if (nodes.length === 0) throw new Error('It has no rules; a kube-apiserver does not start with it.');
  return {
    omitStages: listTexts(policy.get('omitStages')),
    rules: nodes.map((node, index) => ({
      ...readRule(node, index + 1),
      omitStages: listTexts(node.get('omitStages')),
    })),
  };
}

/** @returns what may happen to such a request: the reason why it does not show, or null if it shows */
function judgeRequest(policy: ReadPolicy, request: PolicyRequest): (string | null)[] {
  const outcomes: (string | null)[] = [];
  for (const rule of policy.rules) {
    const share = matchRule(rule, request);
    if (share === 'none') continue;
    outcomes.push(explainRule(rule, policy.omitStages, request));
    if (share === 'all') return outcomes;
  }
  return [...outcomes, 'no rule matches, so the level is None'];
}

function explainRule(
  { number, level, omitStages: own }: ReadPolicy['rules'][number],
  omitStages: readonly string[],
  { isLong }: PolicyRequest,
): string | null {
  if (level === 'None') return `rule ${number} has level None`;
  const isOmitted = (stage: string): boolean => own.includes(stage) || omitStages.includes(stage);
  // Only requests that take long have the stage ResponseStarted (k8s.io/apiserver/pkg/endpoints/filters/audit.go).
  if (!isOmitted('ResponseComplete') || (isLong && !isOmitted('ResponseStarted'))) return null;
  const where = own.includes('ResponseComplete') ? `rule ${number}` : 'the policy';
  return `${where} omits the stage ResponseComplete, so there is no response code`;
}

type Resource = NonNullable<PolicyRequest['resource']>;

/** Of the requests of tests: all match, some, or none. */
type Share = 'all' | 'some' | 'none';

function matchRule(rule: PolicyRule, request: PolicyRequest): Share {
  if (rule.verbs.length > 0 && !rule.verbs.includes(request.verb)) return 'none';
  const shares = [matchUsers(rule.users), matchGroups(rule.userGroups)];
  if (rule.namespaces.length > 0 || rule.resources.length > 0) shares.push(...matchResource(rule, request));
  else if (rule.nonResourceUrls.length > 0) shares.push(matchPaths(rule.nonResourceUrls, request));
  return shares.includes('none') ? 'none' : shares.includes('some') ? 'some' : 'all';
}

/** Users and groups of components, which no test uses. */
const components =
  /^(?:system:(?:kube-|node|cloud-|apiserver$|unsecured$|serviceaccounts?:kube-system(?::|$)|bootstrap)|kubelet$|cluster-autoscaler$)/;

function matchUsers(users: readonly string[]): Share {
  if (users.length === 0) return 'all';
  return users.every((user) => components.test(user)) ? 'none' : 'some';
}

function matchGroups(groups: readonly string[]): Share {
  return groups.includes('system:authenticated') ? 'all' : matchUsers(groups);
}

function matchResource({ namespaces, resources }: PolicyRule, { resource }: PolicyRequest): Share[] {
  if (resource === null) return ['none'];
  const shares = resources.map((one) => matchGroupResources(one, resource));
  return [
    matchNamespaces(namespaces, resource),
    resources.length === 0 || shares.includes('all') ? 'all' : shares.includes('some') ? 'some' : 'none',
  ];
}

/** The namespace of other resources, and of lists of all namespaces, is empty. */
function matchNamespaces(namespaces: readonly string[], { isNamespaced }: Resource): Share {
  if (namespaces.length === 0) return 'all';
  if (!isNamespaced) return namespaces.includes('') ? 'all' : 'none';
  return namespaces.some((one) => one !== '') ? 'some' : 'none';
}

function matchGroupResources(
  { group, resources, resourceNames }: PolicyRule['resources'][number],
  { group: own, resource, subresource, hasName }: Resource,
): Share {
  if (group !== '*' && group !== own) return 'none';
  if (resources.length === 0) return 'all';
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  const isNamed = resources.some(
    (one) =>
      one === '*' || one === combined || one === `${resource}/*` || (subresource !== '' && one === `*/${subresource}`),
  );
  if (!isNamed) return 'none';
  return resourceNames.length === 0 ? 'all' : hasName ? 'some' : 'none';
}

/** Clients omit the slash at the end of discovery paths. */
function matchPaths(patterns: readonly string[], { resource, path }: PolicyRequest): Share {
  if (resource !== null) return 'none';
  const forms = [path, path.replace(/(?<=.)\/$/, '')];
  const isMatched = (form: string): boolean =>
    patterns.some((one) => one === '*' || one === form || (one.endsWith('*') && form.startsWith(one.slice(0, -1))));
  const matched = forms.filter(isMatched).length;
  return matched === forms.length ? 'all' : matched > 0 ? 'some' : 'none';
}

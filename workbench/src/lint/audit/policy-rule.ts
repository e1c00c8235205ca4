import { listTexts } from '../fields.ts';
import type { YamlNode } from '../yaml-node.ts';

/** A rule of an audit policy; an empty list matches everything. */
export interface PolicyRule {
  readonly node: YamlNode;
  /** From 1. */
  readonly number: number;
  readonly level: string;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly namespaces: readonly string[];
  readonly resources: readonly { group: string; resources: readonly string[]; resourceNames: readonly string[] }[];
  readonly nonResourceUrls: readonly string[];
}

export function readRule(node: YamlNode, number: number): PolicyRule {
  const list = (key: string): string[] => listTexts(node.get(key));
  return {
    node,
    number,
    level: node.get('level')?.text ?? '',
    users: list('users'),
    userGroups: list('userGroups'),
    verbs: list('verbs'),
    namespaces: list('namespaces'),
    resources: (node.get('resources')?.items() ?? []).map((resource) => ({
      group: resource.get('group')?.text ?? '',
      resources: listTexts(resource.get('resources')),
      resourceNames: listTexts(resource.get('resourceNames')),
    })),
    nonResourceUrls: list('nonResourceURLs'),
  };
}

/** Whether the rules match every request: one rule matches all, or one all resources and another all other paths. */
export function coverAllRequests(rules: readonly PolicyRule[]): boolean {
  const wide = rules.filter((rule) => isForAllUsers(rule) && rule.verbs.length === 0);
  if (wide.some((rule) => !isForResources(rule) && rule.nonResourceUrls.length === 0)) return true;
  const isAll = ({ group, resources, resourceNames }: PolicyRule['resources'][number]): boolean =>
    group === '*' && resourceNames.length === 0 && (resources.length === 0 || resources.includes('*'));
  return (
    wide.some(({ namespaces, resources }) => namespaces.length === 0 && resources.some(isAll)) &&
    wide.some(({ nonResourceUrls }) => nonResourceUrls.some((url) => url === '*' || url === '/*'))
  );
}

export function isForAllUsers({ users, userGroups }: PolicyRule): boolean {
  return users.length === 0 && userGroups.length === 0;
}

/** Whether it matches only requests for resources. */
function isForResources({ namespaces, resources }: PolicyRule): boolean {
  return namespaces.length > 0 || resources.length > 0;
}

/**
 * Whether `earlier` matches every request that `later` matches; the apiserver uses the first matching rule
 * (k8s.io/apiserver/pkg/audit/policy/checker.go, v0.36.3). Combinations of earlier rules are not considered.
 */
export function shadows(earlier: PolicyRule, later: PolicyRule): boolean {
  if (!includes(earlier.users, later.users) || !includes(earlier.userGroups, later.userGroups)) return false;
  if (!includes(earlier.verbs, later.verbs)) return false;
  if (isForResources(earlier)) return isForResources(later) && coversResources(earlier, later);
  if (earlier.nonResourceUrls.length === 0) return true;
  return (
    later.nonResourceUrls.length > 0 &&
    later.nonResourceUrls.every((url) => earlier.nonResourceUrls.some((pattern) => coversPath(pattern, url)))
  );
}

function includes(wide: readonly string[], narrow: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((name) => wide.includes(name)));
}

function coversResources(earlier: PolicyRule, later: PolicyRule): boolean {
  if (!includes(earlier.namespaces, later.namespaces)) return false;
  if (earlier.resources.length === 0) return true;
  return (
    later.resources.length > 0 &&
    later.resources.every((narrow) =>
      earlier.resources.some(
        (wide) =>
          (wide.group === '*' || wide.group === narrow.group) &&
          includes(wide.resourceNames, narrow.resourceNames) &&
          (wide.resources.length === 0 ||
            (narrow.resources.length > 0 &&
              narrow.resources.every((resource) =>
                wide.resources.some((pattern) => coversResource(pattern, resource)),
              ))),
      ),
    )
  );
}

/** `*` is everything, `pods/*` pods and all their subresources, `*` before `/scale` the scale of everything. */
function coversResource(pattern: string, resource: string): boolean {
  if (pattern === '*' || pattern === resource) return true;
  const [name = '', subresource] = resource.split('/');
  if (pattern.endsWith('/*')) return pattern.slice(0, -2) === name;
  return pattern.startsWith('*/') && subresource !== undefined && pattern.slice(2) === subresource;
}

function coversPath(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}

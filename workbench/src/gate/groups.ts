import type { GateRules } from './facts.ts';

/** The API group of a path: `apps` of `/apis/apps/v1`; empty for the core group; null outside /api and /apis. */
export function findPathGroup(path: string): string | null {
  const [, root, group] = /^\/+(apis?)(?:\/+([^/]+)|\/*$)/.exec(path) ?? [];
  if (root === 'api') return '';
  return root === 'apis' ? (group ?? null) : null;
}

/**
 * Whether a path is of one of the groups: `example.com`, or `*.example.io` for all below it. Without groups every path
 * is.
 */
export function isOfGroups(path: string, groups: GateRules['groups']): boolean {
  if (groups === null) return true;
  const group = findPathGroup(path);
  return group !== null && groups.some((one) => (one.startsWith('*.') ? group.endsWith(one.slice(1)) : group === one));
}

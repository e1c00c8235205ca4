import type { AuditSurvey } from './audit-survey.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import { findPathResource } from './path-resource.ts';

/** Resources of which a log has no event, although every cluster works with them, and their endpoints. */
export interface HiddenResources {
  /** `leases.coordination.k8s.io`, as kubectl names them. */
  readonly names: readonly string[];
  readonly endpoints: readonly string[];
}

/** The garbage collector ignores them (Kubernetes: pkg/controller/garbagecollector, DefaultIgnoredResources). */
const notCollected = new Set(['events', 'events.events.k8s.io']);

/**
 * Finds what an audit policy hides with level None. The garbage collector of kube-controller-manager lists and watches
 * every stable resource whose objects can be deleted; so if the log has events of that program, but none of such a
 * resource by any agent, no test's request for it can be in the log either.
 */
export function findHiddenResources(survey: AuditSurvey, document: DocumentEndpoints): HiddenResources {
  if (!survey.hasControllerManager) return { names: [], endpoints: [] };
  const resources = new Map<string, { endpoints: string[]; isSeen: boolean; isCollected: boolean }>();
  for (const { endpoint, path, method, level, deprecated } of document.byName.values()) {
    const place = deprecated || !document.isJudged(endpoint) ? null : findPathResource(path);
    if (place === null || place.resource === null) continue;
    const name = place.group === '' ? place.resource : `${place.resource}.${place.group}`;
    const found = resources.get(name) ?? { endpoints: [], isSeen: false, isCollected: false };
    resources.set(name, found);
    found.endpoints.push(endpoint);
    found.isSeen ||= survey.seen.has(endpoint);
    found.isCollected ||= method === 'DELETE' && level === 'stable' && place.isObject;
  }
  const hidden = [...resources].filter(
    ([name, { isSeen, isCollected }]) => isCollected && !isSeen && !notCollected.has(name),
  );
  return {
    names: hidden.map(([name]) => name).sort(),
    endpoints: hidden.flatMap(([, { endpoints }]) => endpoints),
  };
}

import type { ProvenEndpoint } from '@snoop/snoopdb';
import type { HitEndpoint } from '../../facts.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';

/** What a list of endpoints proves about those of the current document. */
export interface NamedHits {
  readonly endpoints: readonly HitEndpoint[];
  /** Tested endpoints that the document does not have. */
  readonly unknown: readonly string[];
  /** Endpoints of the document, without deprecated ones, that the list does not have. */
  readonly unlisted: readonly string[];
}

/** Names the endpoints of a list as the current document does. Two names may mean one endpoint. */
export function nameHits(listed: readonly ProvenEndpoint[], document: DocumentEndpoints): NamedHits {
  const found = new Map<string, HitEndpoint>();
  const unknown: string[] = [];
  for (const { endpoint: name, method, path, tested, confTested, tests } of listed) {
    const endpoint = document.find(name, method, path);
    if (endpoint === null) {
      if (tested && (path === null || document.isJudgedPath(path))) unknown.push(name);
      continue;
    }
    const before = found.get(endpoint);
    found.set(endpoint, {
      endpoint,
      tests: [...new Set([...(before?.tests ?? []), ...tests])].sort(),
      tested: tested || before?.tested === true,
      confTested: confTested || before?.confTested === true,
    });
  }
  const unlisted = [...document.byName.values()].filter(
    ({ endpoint, deprecated }) => !deprecated && document.isJudged(endpoint) && !found.has(endpoint),
  );
  return {
    endpoints: [...found.values()].filter(({ endpoint, tested }) => tested && document.isJudged(endpoint)),
    unknown,
    unlisted: unlisted.map(({ endpoint }) => endpoint),
  };
}

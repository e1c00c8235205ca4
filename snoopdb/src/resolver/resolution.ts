/** Why a request has no endpoint, each with what it means. */
export const unresolvedReasons = {
  'malformed request': 'the event has no requestURI, or one that is no path or too long',
  'no document': 'no OpenAPI document of the cluster and no baseline is loaded',
  'non-resource path': 'a path outside /api and /apis that the document does not have, such as /healthz',
  'not in this release': 'a path below /api or /apis that the document does not have',
  'method not served': 'the document has the path, but not with this method',
  undecidable: 'the document has the path, but the verb does not tell the HTTP method',
} as const;

export type UnresolvedReason = keyof typeof unresolvedReasons;

export type Resolution =
  | { readonly endpoint: string /** What the event leaves open. */; readonly ambiguous?: string }
  | { readonly endpoint: null; readonly reason: UnresolvedReason };

/** One object for each reason: answers are given by the million. */
export const unresolved: Readonly<Record<UnresolvedReason, Resolution>> = {
  'malformed request': answer('malformed request'),
  'no document': answer('no document'),
  'non-resource path': answer('non-resource path'),
  'not in this release': answer('not in this release'),
  'method not served': answer('method not served'),
  undecidable: answer('undecidable'),
};

function answer(reason: UnresolvedReason): Resolution {
  return Object.freeze({ endpoint: null, reason });
}

/** The reasons why a request has no endpoint, with their meaning. */
export const unresolvedReasons = {
  'malformed request': 'the event has no requestURI, or one that is not a path or too long',
  'no document': 'neither an OpenAPI document of the cluster nor a baseline is loaded',
  'non-resource path': 'the path is outside /api and /apis and not in the document, such as /healthz',
  'not in this release': 'the path is below /api or /apis and not in the document',
  'method not served': 'the document has the path, but not with this method',
  undecidable: 'the document has the path, but the verb does not tell the HTTP method',
} as const;

export type UnresolvedReason = keyof typeof unresolvedReasons;

export type Resolution =
  | { readonly endpoint: string /** What the event leaves open. */; readonly ambiguous?: string }
  | { readonly endpoint: null; readonly reason: UnresolvedReason };

/** One object per reason: answers are given by the million. */
export const unresolvedAnswers: Readonly<Record<UnresolvedReason, Resolution>> = {
  'malformed request': createUnresolved('malformed request'),
  'no document': createUnresolved('no document'),
  'non-resource path': createUnresolved('non-resource path'),
  'not in this release': createUnresolved('not in this release'),
  'method not served': createUnresolved('method not served'),
  undecidable: createUnresolved('undecidable'),
};

function createUnresolved(reason: UnresolvedReason): Resolution {
  return Object.freeze({ endpoint: null, reason });
}

import {
  httpMethods,
  isParameter,
  isRestParameter,
  type TrieNode,
  type ServedMethods,
  search,
  unknownMethod,
} from './endpoint-trie.ts';
import type { NearEndpoint, NearestFinder } from './nearest-endpoints.ts';
import { maxPathSegments, splitPath } from './path-segments.ts';
import { type Resolution, unresolvedReasons } from './resolution.ts';
import { readMethod, readPath, type ResolvableRequest } from './resolvable-request.ts';

/** How one segment of the request's path matched the document. */
export interface ExplainedStep {
  segment: string;
  /** `rest`: a parameter that takes the rest of the path; `nothing`: the document has no such path. */
  met: 'literal' | 'parameter' | 'rest' | 'nothing';
  /** The parameter's name in the document; otherwise null. */
  name: string | null;
}

export interface Explanation {
  resolution: Resolution;
  /** The explanation in a sentence. */
  says: string;
  /** The HTTP method in upper case; null if unknown. */
  method: string | null;
  /** Where the method comes from. */
  methodFrom: 'verb' | 'sender' | null;
  /** The path, decoded and without the query; null if there is none. */
  path: string | null;
  steps: ExplainedStep[];
  /** The methods that the document serves on that path. */
  served: string[];
  /** For a request without an endpoint the nearest ones, at most five. */
  nearest: NearEndpoint[];
}

/** Senders choose the length of a path. */
const maxTextLength = 256;
/** The longest path of a document, and what is shown of the rest. */
const maxSegments = maxPathSegments + maxTextLength + 1;

export function explainRequest(
  root: TrieNode,
  request: ResolvableRequest,
  resolution: Resolution,
  findNearest: NearestFinder,
): Explanation {
  const path = readPath(request);
  const method = path === null ? unknownMethod : readMethod(request);
  const methodName = httpMethods[method] ?? (method === unknownMethod ? null : formatOtherMethod(request));
  const found = path === null ? null : search(root, path, method);
  const segments = path === null ? [] : splitPath(path, maxSegments);
  const documentPath = (found?.served ?? found?.methods?.find((served) => served !== null))?.operation.path ?? null;
  const steps =
    documentPath === null ? findLongestMatch(root, segments) : alignPaths(splitPath(documentPath), segments);
  const served = listMethods(found?.methods ?? null);
  return {
    resolution,
    says: describe({ resolution, request, documentPath, methodName, served, steps }),
    method: methodName,
    methodFrom: methodName === null ? null : request.method ? 'sender' : 'verb',
    path: path === null ? null : truncate(path),
    steps,
    served,
    nearest: resolution.endpoint === null && path !== null ? findNearest(segments, method) : [],
  };
}

function formatOtherMethod({ verb, method }: ResolvableRequest): string {
  return truncate(truncate(method || verb).toUpperCase());
}

function listMethods(place: ServedMethods | null): string[] {
  return httpMethods.filter((_, number) => place?.[number]);
}

function alignPaths(documented: readonly string[], segments: readonly string[]): ExplainedStep[] {
  return documented.map((name, index) => {
    const segment = truncate(segments[index] ?? '');
    if (index === documented.length - 1 && isRestParameter(name)) {
      return { segment: truncate(segments.slice(index).join('/')), met: 'rest', name: removeBraces(name) };
    }
    return isParameter(name)
      ? { segment, met: 'parameter', name: removeBraces(name) }
      : { segment, met: 'literal', name: null };
  });
}

/** Finds the longest beginning of a path that the document has; literals win over parameters. */
function findLongestMatch(node: TrieNode, segments: readonly string[], depth = 0): ExplainedStep[] {
  const segment = segments[depth];
  if (segment === undefined) return [];
  const text = truncate(segment);
  const literal = node.literals.get(segment);
  const overLiteral: ExplainedStep[] = literal
    ? [{ segment: text, met: 'literal', name: null }, ...findLongestMatch(literal, segments, depth + 1)]
    : [];
  const overParameter: ExplainedStep[] =
    node.parameter && segment !== ''
      ? [
          { segment: text, met: 'parameter', name: removeBraces(node.parameterName) },
          ...findLongestMatch(node.parameter, segments, depth + 1),
        ]
      : [];
  const longest = overParameter.length > overLiteral.length ? overParameter : overLiteral;
  return longest.length > 0 ? longest : [{ segment: text, met: 'nothing', name: null }];
}

interface DescribeInput {
  resolution: Resolution;
  request: ResolvableRequest;
  documentPath: string | null;
  methodName: string | null;
  served: readonly string[];
  steps: readonly ExplainedStep[];
}

function describe({ resolution, request, documentPath, methodName, served, steps }: DescribeInput): string {
  if (resolution.endpoint !== null) {
    const head = resolution.ambiguous === undefined ? '' : '; the audit log shows a HEAD with the same verb';
    return `${methodName} of ${documentPath} is ${resolution.endpoint}${head}`;
  }
  const reason = unresolvedReasons[resolution.reason];
  switch (resolution.reason) {
    case 'method not served':
      return `${reason}: ${documentPath} serves ${served.join(', ')}, not ${methodName}`;
    case 'undecidable': {
      const verb = typeof request.verb === 'string' ? truncate(JSON.stringify(truncate(request.verb))) : 'no verb';
      return `${reason}: ${documentPath} serves ${served.join(', ')}, and ${verb} may mean none or several of them`;
    }
    case 'non-resource path':
    case 'not in this release': {
      const last = steps.at(-1);
      if (last?.met !== 'nothing') return `${reason}: it has only longer paths that begin like it`;
      const known = steps.slice(0, -1).map((step) => `/${step.name === null ? step.segment : `{${step.name}}`}`);
      return `${reason}: it has no ${JSON.stringify(last.segment)} below ${known.join('') || '/'}`;
    }
    default:
      return reason;
  }
}

function removeBraces(parameter: string): string {
  return parameter.slice(1, -1);
}

function truncate(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

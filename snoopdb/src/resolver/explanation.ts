import {
  httpMethods,
  isParameter,
  isRestParameter,
  type Node,
  type Place,
  search,
  unknownMethod,
} from './endpoint-trie.ts';
import type { NearEndpoint, NearestFinder } from './nearest-endpoints.ts';
import { deepestPath, splitPath } from './path-segments.ts';
import { type Resolution, unresolvedReasons } from './resolution.ts';
import { readMethod, readPath, type ResolvableRequest } from './resolvable-request.ts';

/** What one segment of the request's path met in the document. */
export interface ExplainedStep {
  segment: string;
  /** `rest`: a parameter that takes the rest of the path; `nothing`: here the document knows no further. */
  met: 'literal' | 'parameter' | 'rest' | 'nothing';
  /** The parameter's name as the document has it; null for the others. */
  name: string | null;
}

/** How a request was resolved, or why it was not. */
export interface Explanation {
  resolution: Resolution;
  /** The whole of it in a sentence. */
  says: string;
  /** The HTTP method in upper case; null: nothing tells it. */
  method: string | null;
  /** Who tells the method. */
  methodFrom: 'verb' | 'sender' | null;
  /** The path, decoded and without the query; null: there is none. */
  path: string | null;
  steps: ExplainedStep[];
  /** The methods that the document serves where the path led. */
  served: string[];
  /** The endpoints that a request without one comes nearest to, the nearest first; at most five. */
  nearest: NearEndpoint[];
}

/** A path can be as long as a sender likes. */
const longestText = 256;
/** As many as a document's path can have, and behind them as many as are shown of the rest. */
const mostSegments = deepestPath + longestText + 1;

export function explainRequest(
  root: Node,
  request: ResolvableRequest,
  resolution: Resolution,
  findNearest: NearestFinder,
): Explanation {
  const path = readPath(request);
  const method = path === null ? unknownMethod : readMethod(request);
  const methodName = httpMethods[method] ?? (method === unknownMethod ? null : nameOther(request));
  const found = path === null ? null : search(root, path, method);
  const segments = path === null ? [] : splitPath(path, mostSegments);
  const documentPath = (found?.served ?? found?.place?.find((served) => served !== null))?.operation.path ?? null;
  const steps = documentPath === null ? findLongestWay(root, segments) : alignPaths(splitPath(documentPath), segments);
  const served = listMethods(found?.place ?? null);
  return {
    resolution,
    says: describe({ resolution, request, documentPath, methodName, served, steps }),
    method: methodName,
    methodFrom: methodName === null ? null : request.method ? 'sender' : 'verb',
    path: path === null ? null : cut(path),
    steps,
    served,
    nearest: resolution.endpoint === null && path !== null ? findNearest(segments, method) : [],
  };
}

function nameOther({ verb, method }: ResolvableRequest): string {
  return cut(cut(method || verb).toUpperCase());
}

function listMethods(place: Place | null): string[] {
  return httpMethods.filter((_, number) => place?.[number]);
}

function alignPaths(documented: readonly string[], segments: readonly string[]): ExplainedStep[] {
  return documented.map((name, index) => {
    const segment = cut(segments[index] ?? '');
    if (index === documented.length - 1 && isRestParameter(name)) {
      return { segment: cut(segments.slice(index).join('/')), met: 'rest', name: bare(name) };
    }
    return isParameter(name)
      ? { segment, met: 'parameter', name: bare(name) }
      : { segment, met: 'literal', name: null };
  });
}

/** How far the document knows a path; of two ways of one length the one over the literal. */
function findLongestWay(node: Node, segments: readonly string[], depth = 0): ExplainedStep[] {
  const segment = segments[depth];
  if (segment === undefined) return [];
  const text = cut(segment);
  const literal = node.literals.get(segment);
  const overLiteral: ExplainedStep[] = literal
    ? [{ segment: text, met: 'literal', name: null }, ...findLongestWay(literal, segments, depth + 1)]
    : [];
  const overParameter: ExplainedStep[] =
    node.parameter && segment !== ''
      ? [
          { segment: text, met: 'parameter', name: bare(node.parameterName) },
          ...findLongestWay(node.parameter, segments, depth + 1),
        ]
      : [];
  const longest = overParameter.length > overLiteral.length ? overParameter : overLiteral;
  return longest.length > 0 ? longest : [{ segment: text, met: 'nothing', name: null }];
}

interface Described {
  resolution: Resolution;
  request: ResolvableRequest;
  documentPath: string | null;
  methodName: string | null;
  served: readonly string[];
  steps: readonly ExplainedStep[];
}

function describe({ resolution, request, documentPath, methodName, served, steps }: Described): string {
  if (resolution.endpoint !== null) {
    const head = resolution.ambiguous === undefined ? '' : '; the audit log shows a HEAD as the same verb';
    return `${methodName} of ${documentPath} is ${resolution.endpoint}${head}`;
  }
  const reason = unresolvedReasons[resolution.reason];
  switch (resolution.reason) {
    case 'method not served':
      return `${reason}: ${documentPath} serves ${served.join(', ')}, not ${methodName}`;
    case 'undecidable': {
      const verb = typeof request.verb === 'string' ? cut(JSON.stringify(cut(request.verb))) : 'no verb';
      return `${reason}: ${documentPath} serves ${served.join(', ')}, and ${verb} stands for none or several of them`;
    }
    case 'non-resource path':
    case 'not in this release': {
      const last = steps.at(-1);
      if (last?.met !== 'nothing') return `${reason}: it only has longer ones that begin like it`;
      const known = steps.slice(0, -1).map((step) => `/${step.name === null ? step.segment : `{${step.name}}`}`);
      return `${reason}: it has no ${JSON.stringify(last.segment)} below ${known.join('') || '/'}`;
    }
    default:
      return reason;
  }
}

function bare(parameter: string): string {
  return parameter.slice(1, -1);
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

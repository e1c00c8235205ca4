import { formatApiVersion } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import type { OpenEndpoint, WrittenStep } from './step.ts';

/** What no test of the baseline has hit, by endpoint. */
export type EndpointMark = 'no e2e test' | 'no conformance test' | 'not in the baseline' | 'coverage unknown' | null;

/** The mark of lines that need an author. */
export const openMark = 'OPEN:';

export interface OutlineFacts {
  /** The first lines. */
  readonly heading: readonly string[];
  readonly findMark: (endpoint: string) => EndpointMark;
  /** The server's sentences about the body. */
  readonly sentences: readonly string[];
}

/** Writes the comment at the top of the file. */
export function writeOutline(
  { heading, findMark, sentences }: OutlineFacts,
  steps: readonly WrittenStep[],
  open: readonly OpenEndpoint[],
): string[] {
  const describe = (endpoint: string): string => {
    const mark = findMark(endpoint);
    return `      ${endpoint}${mark === null ? '' : ` [${mark}]`}`;
  };
  const lines = steps.flatMap(({ title, operations }, index) => [
    `${String(index + 1).padStart(2)}. ${title}`,
    ...operations.map(({ endpoint }) => describe(endpoint)),
  ]);
  const left = sentences.length === 0 ? [] : [`${openMark} the body: the server does not accept it yet`];
  for (const reason of new Set(open.map((one) => one.reason))) {
    const same = open.filter((one) => one.reason === reason);
    left.push(`${openMark} ${reason}:`, ...same.map(({ endpoint }) => describe(endpoint)));
  }
  return [...heading, '', ...lines, ...left].map((line) => (line === '' ? '//' : `// ${line}`));
}

/** The version of the API that the file is for, and where its outline's marks are from. */
export function createHeading(
  name: string,
  kind: ServedKind,
  facts: { readonly clusterVersion: string; readonly baseline: string | null },
): string[] {
  return [
    `${formatApiVersion(kind)} ${kind.kind}, written by 'snoop new ${name}' for Kubernetes ${facts.clusterVersion}.`,
    facts.baseline === null
      ? 'No baseline is loaded: all endpoints are marked.'
      : `[no e2e test], [no conformance test]: no such test of the baseline ${facts.baseline} hits the endpoint.`,
  ];
}

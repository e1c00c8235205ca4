import { join, relative, resolve, sep } from 'node:path';
import { wrongUse } from '../../errors.ts';
import { listTitles } from '../doubts.ts';
import type { GateRequest, StatedSources } from './request.ts';

/** Where kubernetes/kubernetes has what the gate reads, from the top. */
export const kubernetesPaths = {
  openapi: 'api/openapi-spec/swagger.json',
  conformance: 'test/conformance/testdata/conformance.yaml',
  ineligible: 'test/conformance/testdata/ineligible_endpoints.yaml',
  pending: 'test/conformance/testdata/pending_eligible_endpoints.yaml',
} as const;

export type NamedSource = keyof typeof kubernetesPaths;

/** The names of the sources; null: a list that was not given and is not needed. */
export type SourceNames = Readonly<Record<Exclude<NamedSource, 'openapi'>, string | null>> & {
  readonly openapi: string;
};

/**
 * The names of document and lists: those given, and the others in the checkout.
 *
 * @param top of the checkout; null: none was given
 * @throws SnoopError `wrong_use` if one is missing, or standard input is named twice
 */
export function findNames(request: StatedSources & Pick<GateRequest, 'cwd'>, top: string | null): SourceNames {
  const { cwd, groups } = request;
  const find = (source: NamedSource): string | null => {
    const given = request[source];
    if (given !== null || top === null) return given;
    return shorten(cwd, join(top, kubernetesPaths[source]));
  };
  const openapi = find('openapi');
  if (openapi === null) throw wrongUse('The current document is missing.', 'Give --openapi FILE, or --repo DIR.');
  if (request.previous === null && top === null) {
    throw wrongUse('The previous document is missing.', 'Give --previous REF, FILE or RELEASE, or --repo DIR.');
  }
  const lists = { conformance: find('conformance'), ineligible: find('ineligible'), pending: find('pending') };
  const missing = (['conformance', 'ineligible', 'pending'] as const).find((list) => lists[list] === null);
  if (groups === null && missing !== undefined) {
    throw wrongUse(
      `The list of ${listTitles[missing]} is missing.`,
      'Give --conformance FILE, --ineligible FILE and --pending FILE of test/conformance/testdata in kubernetes/kubernetes, or --repo DIR.',
    );
  }
  const names = { openapi, ...lists };
  const fromStdin = [...Object.values(names), request.previous, ...request.hits].filter((name) => name === '-');
  if (fromStdin.length > 1) throw wrongUse("'-' is given for several sources.", 'Save all but one of them to files.');
  return names;
}

function shorten(cwd: string, path: string): string {
  const short = relative(cwd, resolve(path));
  return short.startsWith(`..${sep}`) ? path : short;
}

import {
  checkRunDocument,
  computeDocumentCoverage,
  type DocumentRequest,
  isSuccess,
  readRelease,
  type RunDocument,
} from '@snoop/snoopdb';
import { count } from '../../../output/quantities.ts';
import type { GateHits, HitEndpoint } from '../../facts.ts';
import { describeSource } from '../contents/describe-source.ts';
import type { ReadValue } from './coverage-hits.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import type { ReadOptions } from './options.ts';
import { createHits, formatTime } from './source.ts';
import { joinFacts } from './stated-facts.ts';

/**
 * Reads what an exported run proves: the hits of its passed tests, for own groups. Live tests never make an endpoint of
 * Kubernetes tested.
 *
 * @throws SnoopDbError `bad_document`
 */
export async function readRunHits(
  { name, value, bytes, sha256 }: ReadValue,
  document: DocumentEndpoints,
  { groups, stated }: Pick<ReadOptions, 'groups' | 'stated'>,
): Promise<GateHits> {
  const run = await checkRunDocument(name, value);
  const { hits, unknown } = findRunHits(run, document);
  const { cluster_version: version, git_commit: commit, git_dirty: isDirty, ended_at: ended } = run.run;
  const found = {
    release: version === null ? null : readRelease(version),
    date: ended === null ? null : formatTime(Date.parse(ended)),
    commit: isDirty === true ? null : commit,
  };
  const facts = joinFacts(found, 'content', stated);
  const source = describeSource('hits', name, {
    digest: sha256,
    bytes,
    ...facts,
    problems: [
      ...facts.problems,
      ...(groups === null
        ? [
            'It is a run of live tests, which never make an endpoint of Kubernetes tested. Use it with --group, or give an audit log of e2e tests.',
          ]
        : []),
    ],
    notes: [
      `${count(run.tests.length, 'test')}, ${run.tests.filter(({ state }) => state === 'passed').length} passed.`,
      ...(isDirty === true ? [`Its sources were not those of the commit ${commit}: there were local changes.`] : []),
    ],
  });
  return createHits({ source, endpoints: hits, unknown, undecided: [], incomplete: listRunDoubts(run) });
}

/** Resolves the recorded requests of passed tests again, with the current document. */
function findRunHits(
  run: RunDocument,
  document: DocumentEndpoints,
): { readonly hits: HitEndpoint[]; readonly unknown: Set<string> } {
  const proven = new Map<string, { verb: string | null; endpoint: string | null }>();
  // Not the stored hits: the cluster's document may have lacked an endpoint that the current document has.
  for (const { audit_id: id, stage, code, verb, endpoint } of run.evidence) {
    if (stage !== 'RequestReceived' && isSuccess(code)) proven.set(id, { verb, endpoint });
  }
  const names = new Map(
    run.tests.filter(({ state }) => state === 'passed').map(({ test, name, tries }) => [test, { name, tries }]),
  );
  const found = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  for (const request of run.requests) {
    const test = names.get(request.test);
    const event = proven.get(request.audit_id);
    if (test === undefined || event === undefined || !countsFor(request, test.tries)) continue;
    const { method, request_uri: requestURI } = request;
    const { endpoint } = document.resolver.resolve({ verb: event.verb ?? '?', requestURI, method });
    if (endpoint === null) {
      if (document.isJudgedPath(request.path)) unknown.add(event.endpoint ?? `${method} ${request.path}`);
    } else if (document.isJudged(endpoint)) found.set(endpoint, (found.get(endpoint) ?? new Set()).add(test.name));
  }
  const hits = [...found].map(([endpoint, tests]) => ({
    endpoint,
    tests: [...tests].sort(),
    tested: true,
    confTested: false,
  }));
  return { hits, unknown };
}

/** Of a repeated test only the last try passed; a body that cannot be read may ask for a dry run. */
function countsFor(request: DocumentRequest, tries: number): boolean {
  return request.try === tries && !request.is_dry_run && request.unread_body === null;
}

function listRunDoubts(run: RunDocument): string[] {
  const { missing } = computeDocumentCoverage(run).evidence;
  const failed = run.tests.filter(({ state }) => state !== 'passed').length;
  return [
    ...(failed === 0 ? [] : [`${count(failed, 'test')} of ${run.tests.length} did not pass; their hits do not count.`]),
    ...(run.errors.length === 0 ? [] : [`The run has ${count(run.errors.length, 'error')} outside its tests.`]),
    ...(missing.length === 0
      ? []
      : [`${count(missing.length, 'request')} of ${run.requests.length} are not recorded.`]),
  ];
}

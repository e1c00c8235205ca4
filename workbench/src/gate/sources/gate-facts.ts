import { findFirstReleases, findShippedFirstReleases } from '@snoop/snoopdb';
import type { ConformanceTest, GateFacts, GateList, IneligibleEntry, PendingEntry } from '../facts.ts';
import type { ContentFile } from './contents/content.ts';
import { SourceProblem } from './contents/source-problem.ts';
import { type ReadGateDocument, readGateDocument } from './documents/gate-document.ts';
import { readShippedReleases } from './documents/shipped-match.ts';
import { readHits } from './hits/read-hits.ts';
import { readConformanceList } from './lists/conformance-list.ts';
import { readIneligibleList, readPendingList } from './lists/endpoint-lists.ts';
import { readGateList } from './lists/gate-list.ts';
import { noteLostEntries } from './lists/lost-entries.ts';
import { dateEntries } from './lists/pending-since.ts';
import { readPreviousEntries, readShippedEntries } from './lists/previous-entries.ts';
import { maxDocumentBytes, maxListBytes, openSources, readNamed, type SourceContext } from './named-content.ts';
import { checkFlags } from './flags.ts';
import { findNames, kubernetesPaths } from './places.ts';
import { readPreviousDocument } from './previous-document.ts';
import type { GateRequest } from './request.ts';

/**
 * Reads all that the gate judges. What is broken in a source is a problem of that source, so that an answer lists all
 * sources at once.
 *
 * @throws SnoopError `wrong_use`; the signal's reason
 */
export async function readGateFacts(request: GateRequest): Promise<GateFacts> {
  const stated = checkFlags(request);
  const sources = await openSources(request);
  const names = findNames(request, sources.checkout?.top ?? null);
  const shipped = await readShippedReleases();
  const { release, commit, groups, signal } = request;
  const current = await readGateDocument(names.openapi, () => readNamed(names.openapi, sources, maxDocumentBytes), {
    role: 'document',
    release,
    commit,
    isOwn: groups !== null,
    shipped,
    signal,
  });
  const previous = await readPreviousDocument({ ...sources, current, shipped });
  const context = { ...sources, previous, release: current.document.source.release };
  const conformance = names.conformance === null ? null : await readConformance(names.conformance, context);
  const ineligible = names.ineligible === null ? null : await readIneligible(names.ineligible, context);
  const pending = names.pending === null ? null : await readPending(names.pending, context);
  const documents = { current: current.document, previous: previous.document };
  const { endpoints, source } = current.document;
  const hits = await readHits(request.hits, {
    ...request,
    endpoints,
    release: source.release,
    stated,
    tests: conformance?.entries.map(({ codename }) => codename) ?? [],
    ineligible: ineligible?.entries ?? null,
  });
  const firstReleases = await readFirstReleases(documents, groups !== null);
  return { ...documents, conformance, ineligible, pending, hits, firstReleases, now: new Date().toISOString() };
}

interface ListContext extends SourceContext {
  readonly previous: ReadGateDocument;
  readonly release: string | null;
}

function readIneligible(name: string, context: ListContext): Promise<GateList<IneligibleEntry>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('ineligible', name, context.request.signal, read, async ({ git }, file) => {
    const { entries, notes } = readIneligibleList(file);
    if (entries.length === 0 && context.request.groups === null) {
      throw new SourceProblem(`${file.name} has no entries. Give ineligible_endpoints.yaml of kubernetes/kubernetes.`);
    }
    const isWhole = git?.isCommitted === true || context.request.groups !== null;
    const path = git?.path ?? kubernetesPaths.ineligible;
    const before = await readEntriesBefore('ineligible', path, context, (old) => readIneligibleList(old).entries);
    return {
      entries: entries.map((entry) => ({ ...entry, added: before && !before.has(entry.endpoint) })),
      notes: isWhole ? notes : [...notes, ...(await noteLostEntries(entries, context.release))],
    };
  });
}

function readPending(name: string, context: ListContext): Promise<GateList<PendingEntry>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('pending', name, context.request.signal, read, async ({ git }, file) => {
    const list = readPendingList(file, git?.isCommitted === true);
    const project = git?.isOfProject === true ? git : null;
    const path = git?.path ?? kubernetesPaths.pending;
    const before = await readEntriesBefore('pending', path, context, (old) => readPendingList(old, true).entries);
    const entries = await dateEntries(list.entries, project, context.release);
    return { ...list, entries: entries.map((entry) => ({ ...entry, added: before && !before.has(entry.endpoint) })) };
  });
}

/** The endpoints that a list had before: at the commit of the previous document, else in its release. */
async function readEntriesBefore(
  list: 'ineligible' | 'pending',
  path: string,
  { previous, request }: ListContext,
  read: (file: ContentFile) => readonly { readonly endpoint: string }[],
): Promise<ReadonlySet<string> | null> {
  const before = await readPreviousEntries(previous, path, (old) => read(old).map(({ endpoint }) => endpoint));
  return before ?? (request.groups === null ? readShippedEntries(previous, list) : null);
}

function readConformance(name: string, context: ListContext): Promise<GateList<ConformanceTest>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('conformance tests', name, context.request.signal, read, async ({ git }, file) => {
    const list = readConformanceList(file);
    const path = git?.path ?? kubernetesPaths.conformance;
    const before = await readPreviousEntries(context.previous, path, (old) =>
      readConformanceList(old).entries.map(({ codename }) => sortWords(codename)),
    );
    const entries = list.entries.map((test) => ({ ...test, added: before && !before.has(sortWords(test.codename)) }));
    return { ...list, entries };
  });
}

/** A test whose tags moved is not added: 1.37 moved those of about 180 tests. */
function sortWords(codename: string): string {
  return codename.split(/\s+/).sort().join(' ');
}

/** Releases of the user's own API are known from both documents only. */
async function readFirstReleases(
  { current, previous }: Pick<GateFacts, 'current' | 'previous'>,
  isOwn: boolean,
): Promise<GateFacts['firstReleases']> {
  const given = [previous, current].flatMap(({ source: { release }, endpoints }) =>
    release === null ? [] : [{ release, endpoints }],
  );
  return Object.fromEntries(isOwn ? findFirstReleases(null, given) : await findShippedFirstReleases(given));
}

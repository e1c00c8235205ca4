import { findFirstReleases, findShippedFirstReleases } from '@snoop/snoopdb';
import type { ConformanceTest, GateFacts, GateList, IneligibleEntry, PendingEntry } from '../facts.ts';
import type { ContentFile, GitOrigin } from './contents/content.ts';
import { SourceProblem } from './contents/source-problem.ts';
import { type ReadGateDocument, readGateDocument } from './documents/gate-document.ts';
import { readShippedReleases, type ShippedReleases } from './documents/shipped-match.ts';
import { readHits } from './hits/read-hits.ts';
import { readConformanceList } from './lists/conformance-list.ts';
import { readIneligibleList, readPendingList } from './lists/endpoint-lists.ts';
import { readGateList } from './lists/gate-list.ts';
import { noteLostEntries } from './lists/lost-entries.ts';
import { dateEntries } from './lists/pending-since.ts';
import { compareNames, readPreviousNames, readShippedEntries, readShippedTests } from './lists/previous-list.ts';
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
  const context = { ...sources, previous, shipped, release: current.document.source.release };
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
  readonly shipped: ShippedReleases;
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
    const lost = isWhole ? [] : await noteLostEntries(entries, context.release);
    const changes = await compareEntries('ineligible', entries, git, context, (old) => readIneligibleList(old).entries);
    return { ...changes, notes: [...notes, ...lost, ...changes.notes] };
  });
}

function readPending(name: string, context: ListContext): Promise<GateList<PendingEntry>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('pending', name, context.request.signal, read, async ({ git }, file) => {
    const { entries, notes } = readPendingList(file, git?.isCommitted === true);
    const dated = await dateEntries(entries, git?.isOfProject === true ? git : null, context.release);
    const changes = await compareEntries('pending', dated, git, context, (old) => readPendingList(old, true).entries);
    return { ...changes, notes: [...notes, ...changes.notes] };
  });
}

/**
 * Compares a list with that at the commit of the previous document. If git does not have it, only what was added is known:
 * the lists that ship are those of the day when the data were made, so an entry that only they have was not removed since.
 */
async function compareEntries<T extends { readonly endpoint: string }>(
  list: 'ineligible' | 'pending',
  entries: readonly T[],
  git: GitOrigin | null,
  { previous, request }: ListContext,
  read: (file: ContentFile) => readonly { readonly endpoint: string }[],
) {
  const nameAll = (all: readonly { readonly endpoint: string }[]): string[] => all.map(({ endpoint }) => endpoint);
  const { names, notes } = await readPreviousNames(previous, git, kubernetesPaths[list], (old) => nameAll(read(old)));
  const known = names ?? (request.groups === null ? await readShippedEntries(previous, list) : null);
  const before = known && new Set(known);
  const marked = entries.map((entry) => ({ ...entry, added: before && !before.has(entry.endpoint) }));
  return { entries: marked, ...compareNames(nameAll(entries), names), notes };
}

function readConformance(name: string, context: ListContext): Promise<GateList<ConformanceTest>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('conformance tests', name, context.request.signal, read, async ({ git }, file) => {
    const { previous, request, shipped } = context;
    const list = readConformanceList(file);
    const nameAll = (tests: readonly ConformanceTest[]): string[] => tests.map(({ codename }) => codename);
    const { names, notes } = await readPreviousNames(previous, git, kubernetesPaths.conformance, (old) =>
      nameAll(readConformanceList(old).entries),
    );
    // The tests that ship are those that hit something, so another one need not be new.
    const before = names && new Set(names.map(sortWords));
    const entries = list.entries.map((test) => ({ ...test, added: before && !before.has(sortWords(test.codename)) }));
    const known = names ?? (request.groups === null ? await readShippedTests(previous, shipped) : null);
    return { entries, ...compareNames(nameAll(list.entries), known), notes: [...list.notes, ...notes] };
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

import { findFirstReleases, findShippedFirstReleases } from '@snoop/snoopdb';
import type { ConformanceTest, GateFacts, GateList, IneligibleEntry, PendingEntry } from '../facts.ts';
import { type ReadGateDocument, readGateDocument } from './documents/gate-document.ts';
import { readShippedReleases, type ShippedReleases } from './documents/shipped-match.ts';
import { readHits } from './hits/read-hits.ts';
import { readConformanceList } from './lists/conformance-list.ts';
import { readIneligibleList, readPendingList } from './lists/endpoint-lists.ts';
import { readGateList } from './lists/gate-list.ts';
import { noteLostEntries } from './lists/lost-entries.ts';
import { dateEntries } from './lists/pending-since.ts';
import { compareWithPrevious, readShippedTests } from './lists/previous-list.ts';
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
    const isWhole = git?.isCommitted === true || context.request.groups !== null;
    const lost = isWhole ? [] : await noteLostEntries(entries, context.release);
    const changes = await compareWithPrevious(entries.map(nameEntry), {
      ...{ previous: context.previous, git, path: kubernetesPaths.ineligible },
      readNames: (before) => readIneligibleList(before).entries.map(nameEntry),
    });
    return { entries, ...changes, notes: [...notes, ...lost, ...changes.notes] };
  });
}

function readPending(name: string, context: ListContext): Promise<GateList<PendingEntry>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('pending', name, context.request.signal, read, async ({ git }, file) => {
    const { entries, notes } = readPendingList(file, git?.isCommitted === true);
    const project = git?.isOfProject === true ? git : null;
    const changes = await compareWithPrevious(entries.map(nameEntry), {
      ...{ previous: context.previous, git, path: kubernetesPaths.pending },
      readNames: (before) => readPendingList(before, true).entries.map(nameEntry),
    });
    const dated = await dateEntries(entries, project, context.release);
    return { entries: dated, ...changes, notes: [...notes, ...changes.notes] };
  });
}

function nameEntry({ endpoint }: { readonly endpoint: string }): string {
  return endpoint;
}

function readConformance(name: string, context: ListContext): Promise<GateList<ConformanceTest>> {
  const read = () => readNamed(name, context, maxListBytes);
  return readGateList('conformance tests', name, context.request.signal, read, async ({ git }, file) => {
    const { previous, request, shipped } = context;
    const { entries, notes } = readConformanceList(file);
    const changes = await compareWithPrevious(
      entries.map(({ codename }) => codename),
      {
        ...{ previous, git, path: kubernetesPaths.conformance },
        readNames: (before) => readConformanceList(before).entries.map(({ codename }) => codename),
      },
      () => (request.groups === null ? readShippedTests(previous, shipped) : Promise.resolve(null)),
    );
    // The tests that ship are those that hit something, so another one need not be new.
    const added = previous.git?.isOfProject === true && changes.added !== null ? new Set(changes.added) : null;
    const marked = entries.map((test) => ({ ...test, added: added?.has(test.codename) ?? null }));
    return { entries: marked, ...changes, notes: [...notes, ...changes.notes] };
  });
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

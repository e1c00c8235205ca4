import type { PageName } from '../../../src/ui/page/page-names.ts';
import { readSettings } from './settings.ts';
import { completePlace, type Place, readPlace, writePlace } from './place.ts';

export const settings = readSettings();
/** The URL of the folder with `data/`; the page's own URL changes with each place. */
export const root = new URL(settings.root, document.baseURI);

const current = $state<{ place: Place }>({ place: readCurrent() });

function readCurrent(): Place {
  const { page, release } = settings;
  return readPlace(new URL(location.href), root) ?? completePlace({ page, release, query: {} }, release);
}

/** The release shown last, to which live pages link. */
let lastRelease = current.place.release ?? settings.release;

function change(part: Partial<Place>): Place {
  return completePlace({ ...current.place, ...part }, lastRelease);
}

window.addEventListener('popstate', () => {
  show(readCurrent());
});

/** The filters, zoom and sort that each page had last, so that another page does not lose them. */
const lastQueries = new Map<PageName, Place['query']>();

export function getLastQuery(page: PageName): Place['query'] {
  return page === current.place.page ? {} : (lastQueries.get(page) ?? {});
}

function show(place: Place): void {
  lastRelease = place.release ?? lastRelease;
  lastQueries.set(current.place.page, current.place.query);
  current.place = place;
}

/** The place that is shown. */
export function getPlace(): Place {
  return current.place;
}

/** The URL of a place: the given parts of the present one replaced. */
export function linkTo(part: Partial<Place>): string {
  return writePlace(change(part), root);
}

/** Shows another place. @param options.replace whether `back` skips the present one, as after each typed letter */
export function goTo(part: Partial<Place>, { replace = false }: { replace?: boolean } = {}): void {
  const place = change(part);
  history[replace ? 'replaceState' : 'pushState'](null, '', writePlace(place, root));
  if (place.page !== current.place.page || place.release !== current.place.release) window.scrollTo(0, 0);
  show(place);
}

/** Follows links to other places without loading a page. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  const place = url.origin === location.origin ? readPlace(url, root) : null;
  if (place === null || url.hash !== '') return;
  event.preventDefault();
  goTo(place);
}

/** Replaces query values of the present place; undefined or empty removes one. */
export function setQuery(values: Record<string, string | undefined>, options?: { replace?: boolean }): void {
  const query = { ...current.place.query, ...values };
  goTo(
    { query: Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []))) },
    options,
  );
}

import { livePages, type PageName, releasePages } from '../../../src/ui/page/page-names.ts';

/** Where the page is: all of its state that a link holds. */
export interface Place {
  readonly page: PageName;
  /** null: of a live page. */
  readonly release: string | null;
  /** Filters, zoom, the shown endpoint …, by name; empty values are left out. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads the place of a URL. @param root the URL of the folder with `data/`. @returns null: the URL is of no page */
export function readPlace(url: URL, root: URL): Place | null {
  const path = url.pathname.startsWith(root.pathname) ? url.pathname.slice(root.pathname.length) : '';
  const found = /^(?:(\d+\.\d+\.\d+)\/)?([a-z]+)\.html$/.exec(path);
  const [, release = null, name] = found ?? [];
  const page = (release === null ? livePages : releasePages).find((one) => one === name);
  if (page === undefined) return null;
  return { page, release, query: Object.fromEntries([...url.searchParams].filter(([, value]) => value !== '')) };
}

/** Gives a place the release that its page needs: none if it is a live page. @param release for pages of releases without one */
export function completePlace(place: Place, release: string | null): Place {
  const isLive = livePages.some((page) => page === place.page);
  return { ...place, release: isLive ? null : (place.release ?? release) };
}

/** Writes the URL of a place. */
export function writePlace({ page, release, query }: Place, root: URL): string {
  const url = new URL(`${release === null ? '' : `${release}/`}${page}.html`, root);
  for (const [name, value] of Object.entries(query)) if (value !== '') url.searchParams.set(name, value);
  return url.href;
}

import type { DetailsFile, ProgressFile, ReleasesFile, TableFile } from '../../../src/ui/data/model.ts';
import { root, settings } from '../app/navigation.svelte.ts';

/** Why data could not be loaded, as sentences of the server. */
export class DataError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const loaded = new Map<string, Promise<unknown>>();

export const loadReleases = (): Promise<ReleasesFile> => load('releases');
export const loadTable = (release: string): Promise<TableFile> => load(`${release}/table`);
export const loadDetails = (release: string): Promise<DetailsFile> => load(`${release}/details`);
export const loadProgress = (): Promise<ProgressFile> => load('progress');

/** Loads an answer that only `snoop ui` gives, each time anew. @param name below `data/live/` */
export function loadLive<T>(name: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
  const given = Object.entries(query).flatMap(([key, value]) => (value ? [[key, value]] : []));
  return fetchJson(`live/${name}.json?${new URLSearchParams(given)}`);
}

/** Loads a data file once; a failed load is tried again by the next call. */
function load<T>(name: string): Promise<T> {
  const known = loaded.get(name);
  // The name decides the type.
  if (known !== undefined) return known as Promise<T>;
  const loading = fetchJson<T>(`${name}.json${settings.isLive ? '' : '.gz'}`);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

async function fetchJson<T>(name: string): Promise<T> {
  const url = new URL(`data/${name}`, root);
  const fail = (error: unknown): never => {
    throw new DataError('unreachable', `${url.pathname} cannot be loaded: ${String(error)}`);
  };
  const response = await fetch(url).catch(fail);
  if (!response.ok) throw await readError(response);
  // The server may end before the whole answer has arrived.
  return JSON.parse(await readText(response).catch(fail));
}

async function readError(response: Response): Promise<DataError> {
  const body: unknown = await response.json().catch(() => null);
  const { code, message } = {
    code: 'unreachable',
    message: `${response.url} answered ${response.status}.`,
    ...(body as object),
  };
  return new DataError(code, message);
}

/** Some file servers unpack gzip themselves, so the first bytes decide. */
async function readText(response: Response): Promise<string> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

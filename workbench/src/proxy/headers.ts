import type { IncomingHttpHeaders } from 'node:http';

/** Headers by lower-case name, each with the name as it was sent and its values in order. */
export type HeaderMap = Map<string, { readonly name: string; readonly values: string[] }>;

/** Headers of one connection (RFC 9110, 7.6.1), and those that HTTP/2 forbids. */
const connectionHeaders = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Reads headers as they arrived, without HTTP/2's pseudo-headers. */
export function readHeaders(raw: readonly string[]): HeaderMap {
  const headers: HeaderMap = new Map();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]];
    if (name.startsWith(':')) continue;
    const known = headers.get(name.toLowerCase());
    if (known) known.values.push(value);
    else headers.set(name.toLowerCase(), { name, values: [value] });
  }
  return headers;
}

/** Removes what belongs to the connection. */
export function removeConnectionHeaders(headers: HeaderMap): void {
  const named = headers.get('connection')?.values.join(',').toLowerCase().split(',') ?? [];
  for (const name of [...connectionHeaders, ...named.map((one) => one.trim())]) headers.delete(name);
}

/** A name with several values has a list: Node sends one header for each. */
export function toObject(headers: HeaderMap): Record<string, string | string[]> {
  return Object.fromEntries([...headers.values()].map(({ name, values }) => [name, simplify(values)]));
}

/** Names and values in turns, as HTTP/1.1 sends them. */
export function toList(headers: HeaderMap): string[] {
  return [...headers.values()].flatMap(({ name, values }) => values.flatMap((value) => [name, value]));
}

/** As HTTP/2 sends them. */
export function toLowerCaseObject(headers: HeaderMap): Record<string, string | string[]> {
  return Object.fromEntries([...headers].map(([name, { values }]) => [name, simplify(values)]));
}

function simplify(values: string[]): string | string[] {
  const [only = '', ...others] = values;
  return others.length === 0 ? only : values;
}

/** Whether a request has a body, by its headers (RFC 9112, 6.3). */
export function announcesBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

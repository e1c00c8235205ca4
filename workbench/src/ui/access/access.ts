import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback } from '@snoop/snoopdb';
import { isWildcard, type ListenAddress } from './listen-address.ts';
import type { TokenGate } from './token.ts';

/** What a request gets instead of the page. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421;
  readonly text: string;
}

export interface AccessRules {
  readonly listen: ListenAddress;
  /** null: who can reach the address may see the page. */
  readonly gate: TokenGate | null;
}

/**
 * Decides whether a request may see the page, without its token or cookie.
 *
 * - Only GET and HEAD: no request changes anything.
 * - `Host` must be an address or name of this machine. A page of another site could have its own name point here (DNS
 *   rebinding); browsers would then let it read the answers.
 * - `Origin`, which browsers send with WebSockets and requests of scripts, must be this page.
 */
export function checkRequest({ method, headers }: IncomingMessage, { listen }: AccessRules): Refusal | null {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'This page only shows; it changes nothing.' };
  }
  const host = readHost(headers.host);
  if (host === null || !isOwnName(host, listen)) {
    return { status: 421, text: 'Open this page by the address that snoop ui printed.' };
  }
  const { origin } = headers;
  if (origin !== undefined && !isSameOrigin(origin, headers.host)) {
    return { status: 403, text: 'Pages of other sites cannot read this one.' };
  }
  return null;
}

/** The same for a WebSocket, with its cookie: browsers let pages of all sites open one, and send its `Origin`. */
export function checkUpgrade(request: IncomingMessage, rules: AccessRules): Refusal | null {
  const refusal = checkRequest(request, rules);
  if (refusal !== null) return refusal;
  if (request.headers.origin === undefined) return { status: 403, text: 'Only this page can open its connection.' };
  return checkCookie(request, rules);
}

export function checkCookie({ headers }: IncomingMessage, { gate }: AccessRules): Refusal | null {
  if (gate === null || gate.hasCookie(headers.cookie)) return null;
  return { status: 401, text: 'Open the link with the token that snoop ui printed.' };
}

/** The host of a `Host` header, without port and brackets; null: not valid. */
function readHost(header: string | undefined): string | null {
  const [, inBrackets, plain = null] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/\s]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (inBrackets ?? plain)?.toLowerCase() ?? null;
}

/** Also behind a port forward. No site can make an address in numbers point elsewhere. */
function isOwnName(host: string, listen: ListenAddress): boolean {
  if (isLoopback(host)) return true;
  if (isLoopback(listen.host)) return false;
  return isIP(host) !== 0 || host === hostname().toLowerCase() || (!isWildcard(listen.host) && host === listen.host);
}

/** Whatever the scheme: TLS may end before this server. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

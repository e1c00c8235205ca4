import { isIP } from 'node:net';
import { isSourceName } from '@snoop/snoopdb';
import { wrongUse } from '../errors.ts';

/** The auditlogger's address for an apiserver. */
export interface ServerAddress {
  /** With the path for events. */
  readonly url: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

const defaultPort = 9900;

/**
 * Parses the auditlogger's address: a URL, or a host with an optional port, which means https.
 *
 * @param source goes into the path, `/events/<source>`; null: the auditlogger's default
 * @throws SnoopError `wrong_use`
 */
export function readServerAddress(text: string, source: string | null): ServerAddress {
  if (source !== null && !isSourceName(source)) {
    throw wrongUse(
      `'${source}' is not a valid source name.`,
      'Use at most 100 letters, digits and . _ : @ -, starting with a letter or digit.',
    );
  }
  const url = parse(text);
  if (url === null || url.hostname === '' || url.port === '0' || !['https:', 'http:'].includes(url.protocol)) {
    throw wrongUse(`--server needs the address of the auditlogger, not '${text}'.`, examples);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrongUse(`--server must not have a user, password, query or fragment: '${text}'.`, examples);
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (source !== null && path !== '' && path !== '/events') {
    throw wrongUse(`--server has the path ${path}, which --source would change.`, 'Use one of the two.');
  }
  const events = path === '' || path === '/events' ? `/events${source === null ? '' : `/${source}`}` : path;
  const isTls = url.protocol === 'https:';
  return {
    url: `${url.protocol}//${url.host}${events}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 443 : 80),
    isTls,
  };
}

const examples = 'For example: --server https://auditlogger.example:9900, or --server 10.0.0.5';

/** A host without a port means the auditlogger's default port; a URL without one, the scheme's. */
function parse(text: string): URL | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return URL.canParse(text) ? new URL(text) : null;
  const bracketed = isIP(text) === 6 ? `[${text}]` : text;
  const [host = '', ...path] = bracketed.split('/');
  const withPort = /:\d+$/.test(host) ? host : `${host}:${defaultPort}`;
  const url = `https://${[withPort, ...path].join('/')}`;
  return URL.canParse(url) ? new URL(url) : null;
}

import { gzipSync } from 'node:zlib';

export interface RequestOptions {
  readonly path?: string;
  readonly isGzip?: boolean;
  /** Header lines besides the usual ones. */
  readonly headers?: readonly string[];
  /** The content-length; default: the actual length. */
  readonly announced?: number;
}

/** The bytes of a request that brings a body. */
export function writePost(body: Buffer, options: RequestOptions = {}): Buffer {
  const { path = '/events?timeout=30s', isGzip = false, headers = [], announced = body.length } = options;
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: auditlogger',
    'Content-Type: application/json',
    `Content-Length: ${announced}`,
    ...(isGzip ? ['Content-Encoding: gzip'] : []),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** That many requests of a path in a row, as one client may write them without waiting. */
export function writePipelined(path: string, count: number): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: auditlogger\r\n\r\n`.repeat(count));
}

const pieceBytes = 1024 * 1024;

/** A text so many times; the pieces of a body that is too long to be made at once. */
export interface Repeated {
  readonly text: string;
  readonly times: number;
}

/**
 * A gzip of a long body, in a kilobyte for each megabyte: repeated parts are packed once and put one behind the other,
 * as the format allows.
 */
export function zipParts(parts: readonly (string | Repeated)[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => (typeof part === 'string' ? [gzipSync(part)] : zipRepeated(part))));
}

const packed = new Map<string, Buffer>();

function zipRepeated({ text, times }: Repeated): Buffer[] {
  const perPiece = Math.max(1, Math.floor(pieceBytes / text.length));
  const piece = packed.get(text) ?? gzipSync(text.repeat(perPiece));
  packed.set(text, piece);
  const pieces = Array.from({ length: Math.floor(times / perPiece) }, () => piece);
  return [...pieces, gzipSync(text.repeat(times % perPiece))];
}

/** An event of which one text is as long as is asked, and which is another one each time. */
export function zipLongText(field: 'requestURI' | 'userAgent', start: string, text: string, bytes: number): Buffer {
  const other = field === 'requestURI' ? 'userAgent' : 'requestURI';
  const event = {
    kind: 'Event',
    level: 'Metadata',
    auditID: crypto.randomUUID(),
    stage: 'ResponseComplete',
    verb: 'list',
    responseStatus: { code: 200 },
    [other]: other === 'userAgent' ? 'attack/1.0' : '/api/v1/namespaces/default/pods',
    [field]: `${start}@`,
  };
  const [head = '', tail = ''] = JSON.stringify(event).split('@');
  return zipParts([head, { text, times: Math.ceil(bytes / text.length) }, tail]);
}

/** A body with this nesting; invalid JSON if it is not closed. */
export function zipNested(depth: number, isClosed: boolean): Buffer {
  const head = `{"kind":"Event","auditID":"${crypto.randomUUID()}","a":`;
  const open = { text: '[', times: depth };
  return zipParts(isClosed ? [head, open, { text: ']', times: depth }, '}'] : [head, open]);
}

/** A list of events that PostgreSQL refuses. */
export function zipRefused(events: number): Buffer {
  const first = `{"auditID":"${crypto.randomUUID()}"}`;
  return zipParts(['{"kind":"EventList","items":[', { text: '{"a":"\\u0000"},', times: events - 1 }, first, ']}']);
}

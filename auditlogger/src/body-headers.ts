import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, unknownEncoding, unknownType } from './answers.ts';

/** The body headers of a request. */
export interface BodyHeaders {
  readonly isGzip: boolean;
  /** Content-Length in bytes; null: unknown. */
  readonly announced: number | null;
  /** Why the body is refused unread; null: it is read. */
  readonly refusal: Answer | null;
}

export function readBodyHeaders(headers: IncomingHttpHeaders): BodyHeaders {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = headers;
  const isGzip = encoding !== undefined && /^(x-)?gzip$/i.test(encoding);
  const isKnown = isGzip || encoding === undefined || encoding.toLowerCase() === 'identity';
  return {
    isGzip,
    announced: length === undefined ? null : Number(length),
    refusal: isJson(type) ? (isKnown ? null : unknownEncoding(encoding)) : unknownType(type),
  };
}

function isJson(type: string | undefined): boolean {
  // Fast path: what the kube-apiserver sends.
  return type === 'application/json' || type?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, unknownEncoding, unknownType } from './answers.ts';

/** What the headers of a request say about its body. */
export interface BodyHeaders {
  readonly isGzip: boolean;
  /** Its size on the way, in bytes; null when they do not say. */
  readonly announced: number | null;
  /** Why such a body is not read; null: it is. */
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
  // The kube-apiserver sends just this.
  return type === 'application/json' || type?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

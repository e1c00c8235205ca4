import { gunzipSync } from 'node:zlib';
import type { RunBody } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { redactSecrets } from './redaction.ts';

/** A body as it is stored with a run. */
export type RecordedBody = Pick<RunBody, 'body' | 'bytes' | 'omitted'>;

/** Larger bodies are not stored. */
export const maxBodyBytes = 64 << 10;

export interface BodyContext {
  /** Path and query of the request. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

/**
 * Prepares a whole body for storing: JSON (or YAML) of up to 64 KB without secrets, see {@link redactSecrets}. Other
 * bodies are omitted with the reason.
 *
 * @param sent as it was sent, maybe compressed; null: it was larger
 * @param size its size
 * @returns null for an empty body
 */
export function recordBody(
  sent: Buffer | null,
  size: number,
  { path, contentType = '', contentEncoding }: BodyContext,
): RecordedBody | null {
  if (size === 0) return null;
  const omit = (omitted: string, bytes = size): RecordedBody => ({ body: null, bytes, omitted });
  if (sent === null || size > maxBodyBytes) return omit('larger than 64 KB');
  const text = unpack(sent, contentEncoding);
  if (text === null) return omit('larger than 64 KB unpacked, or packed by something else than gzip');
  const parsed = parse(text.toString('utf8'), contentType);
  if (parsed === undefined || parsed === null) return omit('not JSON', text.length);
  try {
    const isSecret = /\/secrets(?:[/?]|$)/.test(path);
    return { body: redactSecrets(parsed, isSecret), bytes: text.length, omitted: null };
  } catch (error) {
    if (error instanceof RangeError) return omit('nested too deeply, or too many values', text.length);
    throw error;
  }
}

function unpack(bytes: Buffer, encoding: string | undefined): Buffer | null {
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (encoding !== 'gzip') return null;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBodyBytes });
  } catch {
    return null;
  }
}

/** undefined: neither JSON nor, where the type says so, YAML. */
function parse(text: string, type: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!type.includes('yaml')) return undefined;
  }
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

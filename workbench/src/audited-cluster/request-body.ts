import type { ClientRequest } from 'node:http';
import { load } from 'js-yaml';
import { hasProtobufDryRun } from './protobuf-options.ts';

/** The server refuses larger bodies (k8s.io/apiserver, MaxRequestBodyBytes). */
export const maxRequestBytes = 3 * 1024 * 1024;

/**
 * Passes on a request's body when it is complete, before its end is sent. The request is not changed.
 *
 * @param told called with the body, null if it exceeds `maxBytes`, and its size
 */
export function watchBody(
  request: ClientRequest,
  maxBytes: number,
  told: (body: Buffer | null, bytes: number) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  const take = (chunk: unknown, encoding: unknown): void => {
    if (ended) return;
    const part = toBuffer(chunk, encoding);
    if (part === null) return;
    bytes += part.length;
    // A copy: the caller may reuse its buffer.
    if (bytes <= maxBytes) chunks.push(Buffer.from(part));
    else chunks.length = 0;
  };
  observe(request, 'write', (args) => take(args[0], args[1]));
  observe(request, 'end', (args) => {
    take(args[0], args[1]);
    if (!ended) told(bytes <= maxBytes ? Buffer.concat(chunks) : null, bytes);
    ended = true;
  });
}

function observe(request: ClientRequest, name: 'write' | 'end', see: (args: readonly unknown[]) => void): void {
  const method: unknown = Reflect.get(request, name);
  if (typeof method !== 'function') return;
  const observed = (...args: unknown[]): unknown => {
    see(args);
    return Reflect.apply(method, request, args);
  };
  Object.defineProperty(request, name, { value: observed, configurable: true, writable: true });
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer | null {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8');
  }
  return chunk instanceof Uint8Array ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : null;
}

const evictionPath = /\/eviction\/?(?:\?|$)/;

/** Whether the body of such a request can ask for a dry run: DeleteOptions, and an Eviction, which contains them. */
export function canHaveDryRun({ method, path }: Pick<ClientRequest, 'method' | 'path'>): boolean {
  return method === 'DELETE' || (method === 'POST' && evictionPath.test(path));
}

/**
 * Whether a JSON or YAML body asks for a dry run. False for other formats, such as protobuf.
 *
 * @param isEviction true when the DeleteOptions are in its `deleteOptions`
 */
export function hasDryRun(body: Buffer, isEviction: boolean): boolean {
  const options = readBody(body);
  const dryRun = readField(isEviction ? readField(options, 'deleteOptions') : options, 'dryRun');
  return Array.isArray(dryRun) && dryRun.length > 0;
}

/**
 * Whether a complete body requests a dry run.
 *
 * @param body null: it is larger than the server accepts
 * @returns null: its format cannot be read
 */
export function readDryRun(
  body: Buffer | null,
  { contentType, isEviction }: { readonly contentType: string; readonly isEviction: boolean },
): boolean | null {
  if (body === null) return null;
  if (body.length === 0) return false;
  if (contentType.includes('protobuf')) return hasProtobufDryRun(body, isEviction);
  if (contentType !== '' && !/json|yaml/.test(contentType)) return null;
  return hasDryRun(body, isEviction);
}

/** JSON's own parser is faster, and accepts what YAML does not, such as tabs. */
function readBody(body: Buffer): unknown {
  const text = body.toString('utf8');
  // Most bodies do not contain the word, and are not parsed.
  if (!/dryRun|\\/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    try {
      return load(text);
    } catch {
      return null;
    }
  }
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Reflect.get(value, name) : undefined;
}

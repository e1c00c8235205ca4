import type { ClientRequest } from 'node:http';
import { load } from 'js-yaml';

/** The server reads no more of a request's body (k8s.io/apiserver, MaxRequestBodyBytes): a longer one is refused. */
const maxBytes = 3 * 1024 * 1024;

/**
 * Tells the body of a request when all of it was handed over, before its end leaves. The request itself is not changed.
 * A body that is longer than a server takes is not told.
 */
export function watchBody(request: ClientRequest, told: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  const take = (chunk: unknown, encoding: unknown): void => {
    if (ended || bytes > maxBytes) return;
    const part = toBuffer(chunk, encoding);
    if (part === null) return;
    bytes += part.length;
    // A copy: the caller may use its buffer again.
    if (bytes <= maxBytes) chunks.push(Buffer.from(part));
    else chunks.length = 0;
  };
  observe(request, 'write', (args) => take(args[0], args[1]));
  observe(request, 'end', (args) => {
    take(args[0], args[1]);
    if (!ended && bytes <= maxBytes) told(Buffer.concat(chunks));
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

/** Whether a request's body can ask for a dry run: DeleteOptions, and an Eviction, which holds some. */
export function canHaveDryRun({ method, path }: Pick<ClientRequest, 'method' | 'path'>): boolean {
  return method === 'DELETE' || (method === 'POST' && evictionPath.test(path));
}

/**
 * Whether a body asks for a dry run, in JSON or YAML. For what is neither, as protobuf, the answer is no.
 *
 * @param isEviction true: the DeleteOptions stand in its `deleteOptions`
 */
export function hasDryRun(body: Buffer, isEviction: boolean): boolean {
  const options = readBody(body);
  const dryRun = readField(isEviction ? readField(options, 'deleteOptions') : options, 'dryRun');
  return Array.isArray(dryRun) && dryRun.length > 0;
}

/** JSON is YAML, and yet read by its own parser first: it is quicker, and takes what YAML refuses, as a tab. */
function readBody(body: Buffer): unknown {
  const text = body.toString('utf8');
  // Most bodies hold no such word, and need no reading.
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

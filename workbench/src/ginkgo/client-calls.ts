import { writeJsonBytes, patchType } from './call-bytes.ts';
import type { CallWriter, ClientCall } from './call-writer.ts';
import { writeDynamic } from './dynamic-calls.ts';
import { quoteGo } from './go-text.ts';
import { NotPlainError } from './special-literals.ts';
import type { Call } from './read-calls.ts';
import { writeTyped } from './typed-calls.ts';

/**
 * Writes a request as a call of the typed client, else of the dynamic client, else as a raw request.
 *
 * @param object the variable that is sent instead of the request's own body, and whether it may be typed
 */
export function writeClientCall(
  call: Call,
  writer: CallWriter,
  object: { readonly code?: string; readonly isTyped: boolean } = { isTyped: true },
): ClientCall {
  const { place } = call;
  if (place.type === 'other' || call.verb === 'other') return writeRaw(call, writer);
  if (object.isTyped) {
    try {
      const typed = writeTyped(call, place, writer, object.code ?? null);
      if (typed !== null) return typed;
    } catch (error) {
      if (!(error instanceof NotPlainError)) throw error;
    }
  }
  return writeDynamic(call, place, writer, object.code ?? null) ?? writeRaw(call, writer);
}

/** A request that no client of client-go has a method for. */
function writeRaw(call: Call, writer: CallWriter): ClientCall {
  const { method, request_uri: uri } = call.request;
  const { values, imports } = writer;
  const verbs: Readonly<Record<string, string>> = { GET: 'Get()', POST: 'Post()', PUT: 'Put()', DELETE: 'Delete()' };
  const verb = method === 'PATCH' ? `Patch(${patchType(call, writer)})` : (verbs[method] ?? `Verb(${quoteGo(method)})`);
  const [path = ''] = uri.split('?');
  const before: string[] = [];
  const parts = [
    `f.ClientSet.Discovery().RESTClient().${verb}`,
    `AbsPath(${values.find(path, 'path')?.code ?? quoteGo(path)})`,
  ];
  for (const [name, value] of call.query) parts.push(`Param(${quoteGo(name)}, ${writer.literals.text(value, name)})`);
  if (call.body !== undefined && method !== 'GET') {
    if (method !== 'PATCH') parts.push('SetHeader("Content-Type", "application/json")');
    parts.push(`Body(${writeJsonBytes(call, writer, before)})`);
  }
  imports.use('context');
  return { before, code: `${parts.join('.')}.DoRaw(ctx)`, returns: '[]uint8', client: null };
}

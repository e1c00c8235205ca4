import type { EventSlice } from './event-list.ts';
import { JsonScanner } from './json-scanner.ts';
import { KnownWords } from './known-words.ts';

// As the first key of the query or after a separator, each letter as it is or as an escape. The query is not taken
// apart for it: it can be as long as a sender likes, and hold millions of keys.
const dryRunKey = /(?:^\?|&)(?:d|%64)(?:r|%72)(?:y|%79)(?:R|%52)(?:u|%75)(?:n|%6[eE])(?:[=&]|$)/;

/** Whether `dryRun` stands in the query. */
export function hasDryRun(requestUri: string | null): boolean {
  const query = requestUri?.indexOf('?') ?? -1;
  return requestUri !== null && query >= 0 && dryRunKey.test(requestUri.slice(query));
}

/** DeleteOptions have a few fields; a sender's millions are not looked through. */
const longestObject = 64 * 1024;

const evictionPath = /\/eviction\/?(?:\?|$)/;

/**
 * Whether the request's body asked for a dry run, as far as the event shows it: DeleteOptions of a delete, and those
 * within an Eviction (Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go,
 * pkg/registry/core/pod/storage/eviction.go). Events of level Metadata have no body.
 */
export function hasDryRunBody(body: Buffer, { requestObjectAt, end, verb, requestUri }: EventSlice): boolean {
  if (requestObjectAt === null) return false;
  if (verb === 'delete' || verb === 'deletecollection') return readsDryRun(body, requestObjectAt, end, false);
  const isEviction = verb === 'create' && requestUri !== null && evictionPath.test(requestUri.slice(0, 2048));
  return isEviction && readsDryRun(body, requestObjectAt, end, true);
}

const keys = new KnownWords(['dryRun', 'deleteOptions']);
const longestKey = 6 * 'deleteOptions'.length;

function readsDryRun(body: Buffer, start: number, end: number, isEviction: boolean): boolean {
  const scanner = new JsonScanner(body, start, Math.min(end, start + longestObject));
  let asked = false;
  const readOptions = (): void => {
    scanner.forEachMember(() => {
      const key = readKey(scanner);
      if (key === 'dryRun') asked = readsValues(scanner);
      else scanner.skipValue();
    });
  };
  try {
    if (scanner.peek() !== openBrace) return false;
    if (!isEviction) readOptions();
    else {
      scanner.forEachMember(() => {
        if (readKey(scanner) === 'deleteOptions' && scanner.peek() === openBrace) readOptions();
        else scanner.skipValue();
      });
    }
  } catch {
    // Cut off at the most that is read: what was seen until then stands.
  }
  return asked;
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/** Whether a list has an element: the server takes any for a dry run, or refuses the request. */
function readsValues(scanner: JsonScanner): boolean {
  if (scanner.peek() !== openBracket) {
    scanner.skipValue();
    return false;
  }
  if (!scanner.enterArray()) return false;
  do scanner.skipValue();
  while (scanner.enterNextElement());
  return true;
}

function readKey(scanner: JsonScanner): string | undefined {
  if (!scanner.stringHasEscapes) return scanner.findString(keys);
  return scanner.stringBytes > longestKey ? undefined : scanner.readString(longestKey);
}

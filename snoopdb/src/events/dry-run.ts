import type { EventSlice } from './event-list.ts';
import { JsonScanner } from './json-scanner.ts';
import { StringCache } from './string-cache.ts';

// As the first key of the query or after a separator, each letter plain or escaped. The query is not split: a sender
// may put millions of keys into it.
const dryRunKey = /(?:^\?|&)(?:d|%64)(?:r|%72)(?:y|%79)(?:R|%52)(?:u|%75)(?:n|%6[eE])(?:[=&]|$)/;

export function hasDryRun(requestUri: string | null): boolean {
  const query = requestUri?.indexOf('?') ?? -1;
  return requestUri !== null && query >= 0 && dryRunKey.test(requestUri.slice(query));
}

/** DeleteOptions are small; larger objects are not searched. */
const maxObjectBytes = 64 * 1024;

const evictionPath = /\/eviction\/?(?:\?|$)/;

/**
 * Whether the request's body asks for a dry run, as far as the event shows it: DeleteOptions of a delete, also within
 * an Eviction (Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go,
 * pkg/registry/core/pod/storage/eviction.go). Events of level Metadata have no body.
 */
export function hasDryRunBody(body: Buffer, { requestObjectAt, end, verb, requestUri }: EventSlice): boolean {
  if (requestObjectAt === null) return false;
  if (verb === 'delete' || verb === 'deletecollection') return findDryRun(body, requestObjectAt, end, false);
  const isEviction = verb === 'create' && requestUri !== null && evictionPath.test(requestUri.slice(0, 2048));
  return isEviction && findDryRun(body, requestObjectAt, end, true);
}

const keys = new StringCache(['dryRun', 'deleteOptions']);
const maxKeyBytes = 6 * 'deleteOptions'.length;

function findDryRun(body: Buffer, start: number, end: number, isEviction: boolean): boolean {
  const scanner = new JsonScanner(body, start, Math.min(end, start + maxObjectBytes));
  let asked = false;
  const readOptions = (): void => {
    scanner.forEachMember(() => {
      const key = readKey(scanner);
      if (key === 'dryRun') asked = skipList(scanner);
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
    // Cut at the limit: what was found so far counts.
  }
  return asked;
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/** Skips a list and returns whether it has an element: the server treats any as a dry run, or refuses the request. */
function skipList(scanner: JsonScanner): boolean {
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
  if (!scanner.stringHasEscapes) return scanner.findCached(keys);
  return scanner.stringBytes > maxKeyBytes ? undefined : scanner.readString(maxKeyBytes);
}

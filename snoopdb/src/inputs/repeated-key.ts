import { findStringEnd } from './json-limits.ts';

const quote = 0x22;

/**
 * Finds a key that occurs twice in an object of a JSON text; null if there is none.
 * @param text JSON
 * @param maxDepth of the objects that are checked; 1: only the outermost
 */
export function findRepeatedKey(text: string, maxDepth = Number.POSITIVE_INFINITY): string | null {
  // The keys of each open object; null for an array.
  const open: (Set<string> | null)[] = [];
  let atKey = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = findStringEnd(text, at);
        const keys = open.at(-1);
        if (atKey && keys && open.length <= maxDepth) {
          const raw = text.slice(at + 1, end);
          const key = raw.includes('\\') ? readKey(raw) : raw;
          if (keys.has(key)) return key;
          keys.add(key);
          atKey = false;
        }
        at = end;
        break;
      }
      case 0x7b: // {
        open.push(new Set());
        atKey = true;
        break;
      case 0x5b: // [
        open.push(null);
        atKey = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        atKey = false;
        break;
      case 0x2c: // ,
        atKey = open.at(-1) !== null;
        break;
    }
  }
  return null;
}

/** A key with a wrong escape is compared as it is. */
function readKey(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`);
  } catch {
    return raw;
  }
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds a key that an object of a JSON text has twice; null when there is none.
 * @param text valid JSON
 */
export function findRepeatedKey(text: string): string | null {
  // The keys of each object that is open; null for an array.
  const open: (Set<string> | null)[] = [];
  let atKey = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = findEnd(text, at);
        const keys = open.at(-1);
        if (atKey && keys) {
          const raw = text.slice(at + 1, end);
          const key: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw;
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

/** The place of the quote that ends the string which begins at `start`. */
function findEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
  return slashes % 2 === 1;
}

const quote = 0x22;
const backslash = 0x5c;

/** JSON.parse needs about forty bytes per open list. Real documents have about fifty levels. */
const maxDepth = 1000;
/** JSON.parse needs as many per small value, and a document of 64 MiB could have twenty million. */
const maxValues = 4_000_000;

/**
 * Why a text must not be passed to JSON.parse, whose memory depends on the nesting and the number of values; null if it
 * may. Does not check the syntax.
 */
export function findExceededLimit(text: string): string | null {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = findStringEnd(text, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        values += 1;
        if (depth > maxDepth) return `it is nested more than ${maxDepth} levels deep`;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
    }
    if (values > maxValues) return `it has more than ${maxValues} values`;
  }
  return null;
}

/** The index of the quote that ends the string beginning at `start`. */
export function findStringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
  return slashes % 2 === 1;
}

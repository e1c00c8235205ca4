const quote = 0x22;
const backslash = 0x5c;

/** JSON.parse needs some forty bytes for each list that is open. Documents of this field have some fifty levels. */
const deepest = 1000;
/** As many for the smallest value: the largest document, of 64 MiB, could hold twenty million. */
const mostValues = 4_000_000;

/**
 * Says why a text must not be given to JSON.parse, which takes as much memory as the text asks for; null when nothing
 * speaks against it. Whether it is JSON is not looked at.
 */
export function findExcess(text: string): string | null {
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
        if (depth > deepest) return `it is nested more than ${deepest} levels deep`;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
    }
    if (values > mostValues) return `it has more than ${mostValues} values`;
  }
  return null;
}

/** The place of the quote that ends the string which begins at `start`. */
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

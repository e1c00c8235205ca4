/** Characters that hide or reorder text, and those that Go or a terminal does not print. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Quotes a text as a Go string literal of one line. */
export function quoteGo(text: string): string {
  const escaped = Array.from(text, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    if (character === '\n') return String.raw`\n`;
    if (character === '\t') return String.raw`\t`;
    return unprintable.test(character) ? escapeCharacter(character) : character;
  });
  return `"${escaped.join('')}"`;
}

/** Go source must be UTF-8, and refuses surrogates even when they are escaped. */
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xd8_00 && code <= 0xdf_ff) return String.raw`\ufffd`;
  return code > 0xff_ff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** Quotes bytes as a Go string literal, which may hold any. */
export function quoteBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return quoteGo(text);
  return `"${Array.from(bytes, (byte) => String.raw`\x${hex(byte, 2)}`).join('')}"`;
}

/** Quotes a text with back quotes if Go accepts it so, which saves the escapes of JSON. */
export function quoteRaw(text: string): string {
  return text.includes('`') || unprintable.test(text) ? quoteGo(text) : `\`${text}\``;
}

/** The most characters of a text from elsewhere in a comment or message. */
const maxCharacters = 500;

/** Makes a text harmless in a comment: one line that cannot end the comment. */
export function commentGo(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().slice(0, maxCharacters);
  const printable = Array.from(line, (character) => (unprintable.test(character) ? '?' : character)).join('');
  return printable.replaceAll('*/', '* /').replaceAll('/*', '/ *');
}

/** Quotes a text for a function that formats it, such as `framework.ExpectNoError`. */
export function quoteFormat(text: string): string {
  return quoteGo(text.slice(0, maxCharacters).replaceAll('%', '%%'));
}

/** Removes comments and the contents of string literals, to search for names. */
export function maskLiterals(code: string): string {
  return code.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|\/\/.*/g, '""');
}

/** Wraps words at a width. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Makes a Go identifier that starts with a lower-case letter: `CSIDriver` becomes `csiDriver`. */
export function identifierGo(text: string): string {
  const letters = text.replace(/[^A-Za-z0-9]+(.)?/g, (_all, next: string | undefined) => (next ?? '').toUpperCase());
  const first = letters.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (start) => start.toLowerCase());
  return /^[a-z]/.test(first) ? first.slice(0, 60) : `x${first}`.slice(0, 60);
}

// Control characters, line and paragraph separators, lone surrogates, and bidirectional controls.
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Replaces every control character, so that untrusted names, agents and paths send no escape sequence to a terminal.
 */
export function escapeControlCharacters(text: string): string {
  return text.replace(harmful, '\ufffd');
}

/** The same, keeping line breaks. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeControlCharacters).join('\n');
}

/**
 * Formats JSON for output; control characters are written as escapes. Every command prints and exports JSON through
 * this function.
 *
 * @param indent spaces per level
 */
export function formatJson(value: unknown, indent = 2): string {
  return `${escapeInJson(JSON.stringify(value, null, indent))}\n`;
}

/** The same on one line, without a line break. */
export function formatJsonLine(value: unknown): string {
  return escapeInJson(JSON.stringify(value));
}

function escapeInJson(json: string): string {
  return json.replace(harmful, (found) =>
    found === '\n' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

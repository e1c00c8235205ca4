// Control characters, line and paragraph separators, halves of surrogate pairs, and what turns the direction of writing.
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Names come from test authors, agents and paths from anybody: no escape sequence of theirs reaches a terminal. */
export function escapeControlCharacters(text: string): string {
  return text.replace(harmful, '\ufffd');
}

/** The same for a text of several lines, which stay lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeControlCharacters).join('\n');
}

/**
 * JSON for people and programs: the same value, with every character that a terminal would obey written as its escape. All
 * that a command prints or exports as JSON is written here.
 *
 * @param indent blanks a level
 */
export function formatJson(value: unknown, indent = 2): string {
  return `${escapeInJson(JSON.stringify(value, null, indent))}\n`;
}

/** The same on one line, without the line break. */
export function formatJsonLine(value: unknown): string {
  return escapeInJson(JSON.stringify(value));
}

function escapeInJson(json: string): string {
  return json.replace(harmful, (found) =>
    found === '\n' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

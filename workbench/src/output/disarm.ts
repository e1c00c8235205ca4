// Control characters, line and paragraph separators, halves of surrogate pairs, and what turns the direction of writing.
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Names come from test authors, agents and paths from anybody: no escape sequence of theirs reaches a terminal. */
export function disarm(text: string): string {
  return text.replace(harmful, '\ufffd');
}

/** The same for a text of several lines, which stay lines. */
export function disarmLines(text: string): string {
  return text.split('\n').map(disarm).join('\n');
}

/**
 * JSON for people and programs: the same value, with every character that a terminal would obey written as its escape. All
 * that a command prints or exports as JSON is written here.
 *
 * @param indent blanks a level
 */
export function writeJson(value: unknown, indent = 2): string {
  return `${escapeHarmful(JSON.stringify(value, null, indent))}\n`;
}

/** The same on one line, without the line break. */
export function writeJsonLine(value: unknown): string {
  return escapeHarmful(JSON.stringify(value));
}

function escapeHarmful(json: string): string {
  return json.replace(harmful, (found) =>
    found === '\n' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

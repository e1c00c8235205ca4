/** Input split into statements. */
export interface SplitText {
  /** Without semicolons, trimmed. */
  readonly statements: readonly string[];
  /** The text after the last semicolon: the start of the next statement. */
  readonly rest: string;
}

// Text in which a semicolon ends no statement. Sticky: each is tried where the last one ended.
const pieces: readonly RegExp[] = [
  /--[^\n]*/y,
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y,
  /'(?:[^']|'')*'/y,
  /"(?:[^"]|"")*"/y,
  // Not within a word: a$b$ is a name.
  /(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[\s\S]*?\1/y,
  /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y,
  /\d[\w.]*/y,
  /\s+/y,
];
// An unterminated one takes the rest of the text.
const openers = /\/\*|[eE]?'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/** Splits SQL at its semicolons, except in strings, names, comments and dollar quotes. */
export function splitStatements(text: string): SplitText {
  const statements: string[] = [];
  let start = 0;
  let at = 0;
  let depth = 0;
  while (at < text.length) {
    if (text[at] === ';' && depth === 0) {
      statements.push(text.slice(start, at).trim());
      at += 1;
      start = at;
      continue;
    }
    const comment = skipComment(text, at);
    const next = comment ?? matchPiece(text, at);
    if (next !== null) {
      at = next;
      continue;
    }
    openers.lastIndex = at;
    if (openers.test(text)) break;
    // A rule or an SQL function's body may have several statements in parentheses.
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth = Math.max(0, depth - 1);
    at += 1;
  }
  return { statements: statements.filter((statement) => statement !== ''), rest: text.slice(start) };
}

function matchPiece(text: string, at: number): number | null {
  for (const piece of pieces) {
    piece.lastIndex = at;
    if (piece.test(text)) return piece.lastIndex;
  }
  return null;
}

/** SQL comments nest. @returns null when none starts here, or when it is unterminated */
function skipComment(text: string, start: number): number | null {
  if (!text.startsWith('/*', start)) return null;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (text.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

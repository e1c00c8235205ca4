/** What an input is, by its first bytes. */
export type InputKind = 'nothing' | 'web page' | 'document' | 'log';

/** Keys at the top of published coverage and of exported runs; PostgreSQL sorts them by length. */
const documentKeys = new Set(['spec', 'tests', 'release', 'sources', 'endpoints', 'release_date', 'total endpoints']);
const runKeys = new Set(['run', 'format', 'sha256', 'baseline']);
const auditKeys = new Set(['kind', 'apiVersion', 'auditID', 'stage', 'level', 'items', 'records', 'logEvents']);

/**
 * Recognizes an input by its beginning. Whatever is neither a web page nor a document of this program is read as an audit
 * log, which has many shapes.
 */
export function recognizeInput(head: Buffer): InputKind {
  const text = head.toString('utf8').trimStart();
  if (text === '') return 'nothing';
  if (/^<(?:!doctype|!--|html|head|body|\?xml)/i.test(text)) return 'web page';
  if (!text.startsWith('{')) return 'log';
  const keys = listTopKeys(text);
  if (keys.some((key) => auditKeys.has(key))) return 'log';
  return keys.some((key) => documentKeys.has(key) || runKeys.has(key)) ? 'document' : 'log';
}

/** The keys of the outermost object, as far as the text goes. */
function listTopKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let isKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') {
      const end = findStringEnd(text, at + 1);
      if (isKey && depth === 1) keys.push(text.slice(at + 1, end));
      isKey = false;
      at = end;
    } else if (letter === '{' || letter === '[') {
      depth += 1;
      isKey = letter === '{';
    } else if (letter === '}' || letter === ']') {
      depth -= 1;
      if (depth === 0) break;
    } else if (letter === ',') isKey = depth === 1;
  }
  return keys;
}

function findStringEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

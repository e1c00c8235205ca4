import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { root } from './documents.ts';

export interface SourceText {
  /** From the root of the project. */
  readonly file: string;
  /** The file's text with everything blank but its strings. */
  readonly strings: string;
  /** The same with its comments. */
  readonly comments: string;
}

const folders = ['snoopdb', 'auditlogger', 'conformance', 'workbench', 'test'];

// Comments first, since they may hold quotes. A regular expression with a quote in it misleads this; that can only
// show a piece of code as text, and no phrase looks like code.
const pieces = {
  ts: /\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g,
  sql: /--[^\n]*|'(?:''|[^'])*'/g,
} as const;

/** The strings and comments of the TypeScript and SQL of all packages. */
export function readSourceTexts(): SourceText[] {
  return folders.flatMap(listSources).map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const pattern = file.endsWith('.sql') ? pieces.sql : pieces.ts;
    return { file, strings: keep(text, pattern, false), comments: keep(text, pattern, true) };
  });
}

function keep(text: string, pattern: RegExp, isComment: boolean): string {
  let kept = '';
  let end = 0;
  for (const { 0: piece, index } of text.matchAll(pattern)) {
    kept += blank(text.slice(end, index));
    kept += /^(\/|--)/.test(piece) === isComment ? piece : blank(piece);
    end = index + piece.length;
  }
  return kept + blank(text.slice(end));
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

function listSources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'documents', 'slices'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listSources(path);
    return /\.(ts|mjs|sql)$/.test(entry.name) ? [path] : [];
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  readonly file: string;
  /** The line of its first fence, from 1. */
  readonly line: number;
  /** What is behind the fence: the language, then words of our own. */
  readonly info: string;
  readonly text: string;
}

export interface Document {
  /** From the root of the project. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text with the lines of blocks empty. */
  readonly prose: string;
}

/**
 * Why a block of commands is not run by `test/documents.slow.test.ts`: the word behind its `sh`, and what one of its
 * lines must hold for that to be true.
 */
export const reasons: Readonly<Record<string, RegExp>> = {
  'needs-docker': /\b(docker|kind|images)\b/,
  'needs-tmate': /\bsnoop pair\b/,
  'needs-cluster': /\bkubectl\b/,
  'needs-e2e-test': /\b(e2e\.test|snoop e2e)\b/,
  'needs-root': /^sudo /m,
  // The owner of the embedded PostgreSQL may not create roles.
  'needs-createrole': /\bsnoop db grant\b/,
  // `test/packed-workbench.slow.test.ts` runs the same in another project.
  'own-project': /--no-install/,
  // `workbench/test/gate/documented.process.test.ts` runs it in small repositories, and compares its screens.
  'by-gate-test': /^npx snoop gate /,
  // `snoopdb/test/releases/make-data.test.ts` runs it with small files.
  'by-make-data-test': /\bmake-data\.ts\b/,
  'by-ci': /^(npm |\.ci\/run)/m,
};

/** Every Markdown file of the project. */
export function readDocuments(): Document[] {
  return listDocuments('').map((file) => readDocument(file, readFileSync(join(root, file), 'utf8')));
}

export function readDocument(file: string, text: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { line: number; indent: number; info: string; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    prose.push(open === null && !fence ? line : '');
    if (open === null && fence) {
      const [, indent = '', info = ''] = fence;
      open = { line: index + 1, indent: indent.length, info: info.trim(), lines: [] };
    } else if (open !== null && fence) {
      blocks.push({ file, line: open.line, info: open.info, text: open.lines.join('\n') });
      open = null;
    } else open?.lines.push(line.slice(open.indent));
  }
  if (open !== null) throw new Error(`${file}:${open.line}: this block has no end.`);
  return { file, text, blocks, prose: prose.join('\n') };
}

/** The commands of a block, those over several lines as one. */
export function listCommands({ text }: Block): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line));
}

function listDocuments(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    // Golden files are expectations of tests.
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'golden'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listDocuments(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { toError } from '@snoop/snoopdb';

/** An import that cannot be resolved with the files of a ticket. */
export interface ImportFault {
  readonly file: string;
  /** null: of the whole file. */
  readonly line: number | null;
  /** A sentence. */
  readonly message: string;
  /** Whether the tests cannot run; false: it is unknown what is imported. */
  readonly isMissing: boolean;
}

interface Source {
  readonly file: string;
  readonly content: string;
}

/** What tests may import besides Node's modules; subpaths are not resolved. */
const packages: ReadonlySet<string> = new Set(['@snoop/workbench', '@kubernetes/client-node', 'vitest']);
const languages = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx', '.jsx': 'jsx', '.js': 'jsx' } as const;
const otherScripts: ReadonlySet<string> = new Set(['.mjs', '.cjs']);
/** As vite resolves a path without an extension. */
const extensions = ['', '.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'];
const maxDepth = 200;

/** Finds imports of missing files, and of packages that a live test does not get. Types are ignored. */
export async function findImportFaults(sources: readonly Source[]): Promise<ImportFault[]> {
  const names = new Set(sources.map(({ file }) => file));
  const faults: ImportFault[] = [];
  for (const { file, content } of sources) {
    const language = chooseLanguage(file);
    if (language === null) continue;
    try {
      const imports = await listImports(content, language);
      const findLine = createLineFinder(content);
      for (const { module, at } of imports.sort((a, b) => a.at - b.at)) {
        const line = findLine(at);
        if (module === null) {
          const message = 'imports what it computes; read what that is.';
          faults.push({ file, line, message, isMissing: false });
          continue;
        }
        const why = explainMissing(module, file, names);
        if (why !== null) faults.push({ file, line, message: `imports '${module}', ${why}.`, isMissing: true });
      }
    } catch (error) {
      const [why = ''] = toError(error).message.split('\n');
      faults.push({ file, line: null, message: `cannot be parsed: ${why}`, isMissing: true });
    }
  }
  return faults;
}

/** Finds the lines of places that are given in their order, in one pass. */
function createLineFinder(content: string): (at: number) => number {
  let line = 1;
  let end = content.indexOf('\n');
  return (at) => {
    while (end !== -1 && end < at) {
      line += 1;
      end = content.indexOf('\n', end + 1);
    }
    return line;
  };
}

function chooseLanguage(file: string): 'ts' | 'tsx' | 'jsx' | 'js' | null {
  const extension = posix.extname(file).toLowerCase();
  const known = Object.entries(languages).find(([name]) => name === extension)?.[1];
  return known ?? (otherScripts.has(extension) ? 'js' : null);
}

function explainMissing(module: string, importer: string, names: ReadonlySet<string>): string | null {
  if (isBuiltin(module) || packages.has(module)) return null;
  if (!/^\.{1,2}(?:\/|$)/.test(module)) {
    const whole = [...packages].find((name) => module.startsWith(`${name}/`));
    return whole === undefined ? 'which is not in the ticket' : `which ${whole} does not export to live tests`;
  }
  const [path = ''] = module.split('?', 1);
  const wanted = posix.join(posix.dirname(importer), path);
  const written = wanted.replace(/\.([cm]?)jsx?$/, '.$1ts');
  const candidates = [
    ...extensions.map((extension) => wanted + extension),
    written,
    written.replace(/ts$/, 'tsx'),
    ...extensions.slice(1).map((extension) => posix.join(wanted, `index${extension}`)),
  ];
  return candidates.some((name) => names.has(name)) ? null : 'a file that is not in the ticket';
}

interface Import {
  /** null: computed. */
  readonly module: string | null;
  readonly at: number;
  /** The names that it declares; null: it is loaded, whatever is used of it. */
  readonly names: readonly string[] | null;
}

type Node = Readonly<Record<string, unknown>>;

async function listImports(content: string, lang: 'ts' | 'tsx' | 'jsx' | 'js'): Promise<Import[]> {
  const { parseAst } = await import('vitest/node');
  const found: Import[] = [];
  const used = new Set<string>();
  visit(await parseAst(content, { lang, sourceType: 'module' }), found, used, 0);
  // An import that is used only in types is dropped with them.
  return found.filter(({ names }) => !lang.startsWith('ts') || names === null || names.some((name) => used.has(name)));
}

/** Nodes of TypeScript that contain values. All others are types. */
const valueNodes =
  /^TS(?:As|Satisfies|NonNull|Instantiation)Expression$|^TS(?:TypeAssertion|ParameterProperty|ExportAssignment)$|^TS(?:Enum|Module)/;

/** Collects imports, and the names that are used as values. */
function visit(node: unknown, found: Import[], used: Set<string>, depth: number): void {
  if (typeof node !== 'object' || node === null) return;
  if (depth > maxDepth) throw new Error('it is nested too deeply');
  if (Array.isArray(node)) {
    for (const one of node) visit(one, found, used, depth + 1);
    return;
  }
  const { type, name } = node as Node;
  if (typeof type === 'string' && type.startsWith('TS') && !valueNodes.test(type)) return;
  if ((type === 'Identifier' || type === 'JSXIdentifier') && typeof name === 'string') used.add(name);
  const imported = readImport(node as Node);
  if (imported !== null) found.push(imported);
  if (type === 'ImportDeclaration') return;
  for (const child of Object.values(node)) visit(child, found, used, depth + 1);
}

/** Reads an import or export declaration, `import()` or `require()`; null: it is something else, or only of types. */
function readImport({ type, source, start, importKind, exportKind, specifiers, ...call }: Node): Import | null {
  const at = typeof start === 'number' ? start : 0;
  if (importKind === 'type' || exportKind === 'type') return null;
  if (type === 'CallExpression') {
    const { callee, arguments: given } = call as { callee?: Node; arguments?: readonly unknown[] };
    const isRequire = callee?.type === 'Identifier' && callee.name === 'require';
    return isRequire ? { module: readText(given?.[0]), at, names: null } : null;
  }
  const isImport = ['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration', 'ImportExpression'];
  if (!isImport.includes(String(type)) || source === null || source === undefined) return null;
  const declared =
    type === 'ImportDeclaration' && Array.isArray(specifiers) && specifiers.length > 0 ? specifiers : null;
  return { module: readText(source), at, names: declared?.flatMap(readName) ?? null };
}

function readName({ importKind, local }: { importKind?: unknown; local?: { name?: unknown } }): string[] {
  return importKind !== 'type' && typeof local?.name === 'string' ? [local.name] : [];
}

/** The text of a literal, or of a template without values. */
function readText(node: unknown): string | null {
  const { value, type, quasis, expressions } = Object(node) as Node;
  if (typeof value === 'string') return value;
  const isPlain = type === 'TemplateLiteral' && Array.isArray(expressions) && expressions.length === 0;
  const text: unknown = isPlain && Array.isArray(quasis) ? Object(Object(quasis[0]).value).cooked : undefined;
  return typeof text === 'string' ? text : null;
}

import { YAMLException } from 'js-yaml';
import { parseYaml, type Place, type YamlNode } from '../../../lint/yaml-node.ts';
import type { ContentFile } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';

const limits = { maxAliases: 20, maxDepth: 20 };
/** conformance.yaml has 4,000. Each line of a list may need a kilobyte of memory. */
const maxValues = 200_000;

/** A list and its text. */
export interface ListText {
  /** Of the file, for people. */
  readonly name: string;
  readonly text: string;
  readonly entries: readonly YamlNode[];
  /** @throws SourceProblem `FILE, line 3, column 5: …` */
  fail(reason: string, place: Place): never;
}

/**
 * Reads a list in YAML or JSON. A document without content is an empty list.
 *
 * @param wanted for people: `a list of test names`
 * @throws SourceProblem
 */
export function readListText({ name, bytes }: ContentFile, wanted: string): ListText {
  const text = decode(name, bytes);
  if (/^\s*<[!\w?]/.test(text)) {
    throw new SourceProblem(`${name} is HTML or XML, not ${wanted}. Give the raw file's URL.`);
  }
  const fail = (reason: string, { line, column }: Place): never => {
    throw new SourceProblem(`${name}, line ${line}, column ${column}: ${reason}`);
  };
  const [node, ...more] = parse(name, text);
  if (more.length > 0) throw new SourceProblem(`${name} has ${more.length + 1} YAML documents. Give one list.`);
  if (node !== undefined && node.value !== null && !Array.isArray(node.value)) {
    const found = node.text === null ? 'another document' : `the text '${node.text.slice(0, 60)}'`;
    return fail(`expected ${wanted}, found ${found}. Give the whole list.`, node);
  }
  return { name, text, entries: node?.items() ?? [], fail };
}

/**
 * Checks the fields of an entry.
 *
 * @param needed fields that must be texts with content
 * @throws SourceProblem with line and column
 */
export function checkEntry(
  list: ListText,
  entry: YamlNode,
  needed: readonly string[],
  optional: readonly string[],
): void {
  const wanted = [...needed, ...optional];
  if (typeof entry.value !== 'object' || entry.value === null || Array.isArray(entry.value)) {
    list.fail(`expected an entry with ${wanted.join(', ')}, found ${describe(entry)}. Is this another list?`, entry);
  }
  for (const { key, ...place } of entry.entries()) {
    if (wanted.includes(key)) continue;
    list.fail(`an entry has no '${key.slice(0, 60)}', only ${wanted.join(', ')}. Is this another list?`, place);
  }
  for (const key of needed) {
    if (entry.get(key)?.text?.trim()) continue;
    list.fail(`the entry has no ${key}. The list may be cut: get the whole file.`, entry);
  }
}

/** Notes entries that occur twice, and drops all but the first. */
export function dropRepeated<T extends { readonly line: number | null }>(
  entries: readonly T[],
  nameOf: (entry: T) => string,
): { kept: T[]; notes: string[] } {
  const kept = new Map<string, T>();
  const notes: string[] = [];
  for (const entry of entries) {
    const first = kept.get(nameOf(entry));
    if (first === undefined) kept.set(nameOf(entry), entry);
    else notes.push(`Line ${entry.line} repeats ${nameOf(entry)} of line ${first.line}; the first counts.`);
  }
  const shown = notes.slice(0, 10);
  if (notes.length > shown.length) shown.push(`Other repeated entries: ${notes.length - shown.length}.`);
  return { kept: [...kept.values()], notes: shown };
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SourceProblem(`${name} is not UTF-8 text. Give a list in YAML or JSON.`);
  }
}

function parse(name: string, text: string): YamlNode[] {
  const values = text.match(/[\n,[{:]/g)?.length ?? 0;
  if (values > maxValues) throw new SourceProblem(`${name} has more than ${maxValues} values. Give a shorter list.`);
  try {
    return parseYaml(text, 1, null, limits);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const where = error.mark ? `, line ${error.mark.line + 1}, column ${error.mark.column + 1}` : '';
    throw new SourceProblem(`${name}${where}: this is not YAML: ${error.reason}. Get the whole file.`);
  }
}

function describe({ value, text }: YamlNode): string {
  if (text !== null) return `the text '${text.slice(0, 60)}'`;
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `${typeof value}`;
}

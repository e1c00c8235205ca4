import { findInputs, type IgnoredLoss, readInput, SnoopDbError } from '@snoop/snoopdb';
import { YAMLException } from 'js-yaml';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import { type Place, parseYaml, type YamlNode } from '../lint/yaml-node.ts';

const maxBytes = 1 << 20;
const fewProblems = 10;
const keys = ['endpoint', 'test', 'reason', 'until'];

const example = "For example: - {endpoint: readCoreV1NamespacedPod, reason: 'kubernetes#1234', until: 2027-03-31}";

/**
 * Reads a list of losses that do not count: `{endpoint or test, reason, until}`.
 *
 * @throws SnoopError `unreadable_input`; `bad_ignore_list` with line and column of each problem. Both exit with 2
 */
export async function readIgnoredLosses(
  file: string,
  { cwd, signal }: Pick<Context, 'cwd' | 'signal'>,
): Promise<IgnoredLoss[]> {
  try {
    const [input, ...more] = await findInputs(file, { cwd, stdin: process.stdin, extensions: ['.yaml', '.yml'] });
    if (input === undefined || more.length > 0)
      throw refuse([`The folder '${file}' has several files. Name one of them.`]);
    const bytes = await readInput(input, { maxBytes, signal });
    return parseIgnoredLosses(input.name, bytes);
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    throw new SnoopError(error.code, error.message, { cause: error, exitCode: 2 });
  }
}

/** Like {@link readIgnoredLosses}, from the bytes of a file. */
export function parseIgnoredLosses(name: string, bytes: Uint8Array): IgnoredLoss[] {
  const documents = parseDocuments(name, bytes);
  const [list] = documents;
  if (list === undefined || list.value === null) return [];
  if (documents.length > 1) throw refuse([`${name} has ${documents.length} YAML documents. Write one list.`]);
  if (!Array.isArray(list.value)) throw refuse([`${name} is not a list of entries.`]);
  const problems: string[] = [];
  const report = ({ line, column }: Place, problem: string): void =>
    void problems.push(`${name}:${line}:${column}: ${problem}`);
  const seen = new Map<string, number>();
  const entries = list.items().flatMap((node) => readEntry(node, seen, report) ?? []);
  if (problems.length > 0) throw refuse(problems);
  return entries;
}

type Report = (place: Place, problem: string) => void;

function parseDocuments(name: string, bytes: Uint8Array): YamlNode[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse([`${name} is not UTF-8 text.`], cause);
  }
  try {
    return parseYaml(text, 1, null, { maxAliases: 20, maxDepth: 20 });
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const { line = 0, column = 0 } = cause.mark ?? {};
    const advice = /\btest: *\[/.test(text)
      ? ' Put the names of tests in quotes, since they begin with a bracket.'
      : '';
    throw refuse([`${name}:${line + 1}:${column + 1}: this is not YAML: ${cause.reason}.${advice}`], cause);
  }
}

/** @returns null if it has a problem */
function readEntry(node: YamlNode, seen: Map<string, number>, report: Report): IgnoredLoss | null {
  if (typeof node.value !== 'object' || node.value === null || Array.isArray(node.value)) {
    report(node, 'an entry must be a mapping with endpoint or test, reason and until.');
    return null;
  }
  for (const { key, ...place } of node.entries()) {
    if (!keys.includes(key))
      report(place, `unknown key '${key.slice(0, 60)}'. An entry has endpoint or test, reason and until.`);
  }
  const [endpoint, test] = [readText(node, 'endpoint', report), readText(node, 'test', report)];
  const [reason, until] = [readText(node, 'reason', report), readText(node, 'until', report)];
  if ((node.get('endpoint') === null) === (node.get('test') === null)) {
    report(node, 'an entry must name either an endpoint or a test.');
  }
  for (const key of ['reason', 'until']) if (node.get(key) === null) report(node, `the entry has no ${key}.`);
  if (until !== null && !isDate(until)) {
    report(node.get('until') ?? node, `'${until.slice(0, 60)}' is not a date. Write until as YYYY-MM-DD.`);
    return null;
  }
  const named = endpoint === null ? `test ${test}` : `endpoint ${endpoint}`;
  const first = seen.get(named);
  if (first !== undefined && (endpoint ?? test) !== null)
    report(node, `the ${named} is already in line ${first}. Remove one of them.`);
  seen.set(named, first ?? node.line);
  if (reason === null || until === null) return null;
  return { endpoint, test, reason, until, line: node.line };
}

/** Null: missing, or not a text, which is reported. */
function readText(node: YamlNode, key: string, report: Report): string | null {
  const value = node.get(key);
  if (value === null) return null;
  const text = value.text?.trim() ?? '';
  if (text !== '') return text;
  report(value, `${key} must be a text${value.value === null || value.text === '' ? '' : '; put it in quotes'}.`);
  return null;
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse accepts February 31.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function refuse(problems: readonly string[], cause?: unknown): SnoopError {
  const [first = '', ...others] = problems;
  const more = others.length > fewProblems ? [`and ${others.length - fewProblems} more`] : [];
  const advice = [...others.slice(0, fewProblems), ...more, example];
  return new SnoopError('bad_ignore_list', first, { exitCode: 2, advice, cause });
}

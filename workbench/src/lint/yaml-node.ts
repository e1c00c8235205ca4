import {
  constructFromEvents,
  CORE_SCHEMA,
  EVENT_ID,
  getScalarValue,
  mergeTag,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import type { Report } from './finding.ts';

/** A value in a YAML file with its line. */
export interface YamlNode {
  readonly value: unknown;
  /** From 1; its parent's, if it has none of its own (from a merge key). */
  readonly line: number;
  /** The value of a key; null when it is missing, or this is not a mapping. */
  get(key: string): YamlNode | null;
  /** The keys of a mapping with their lines. */
  entries(): readonly { readonly key: string; readonly line: number; readonly node: YamlNode }[];
  /** The elements of a sequence; empty for other values. */
  items(): readonly YamlNode[];
  /** The value if it is a string, else null. */
  readonly text: string | null;
}

/** Kubernetes' programs support merge keys (`<<`). */
const schema = CORE_SCHEMA.withTags(mergeTag);

/**
 * Parses the YAML (or JSON) documents that are mappings or sequences.
 *
 * @param report called for invalid YAML
 * @param firstLine the text's first line, when it is part of another YAML file
 * @param reportRepeated called for repeated keys, of which the last counts; null: they are invalid
 * @returns null for invalid YAML
 */
export function readYaml(
  source: string,
  report: Report,
  firstLine = 1,
  reportRepeated: ReportRepeated | null = null,
): YamlNode[] | null {
  try {
    return readDocuments(source, firstLine, reportRepeated).filter(({ value }) => isCollection(value));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? null : error.mark.line + firstLine;
    report('error', 'no-yaml', line, `This is not YAML: ${error.reason}. Nothing in it was checked.`);
    return null;
  }
}

/**
 * Parses the documents of a patch in a YAML file as kind does: the last of repeated keys counts, which is reported.
 * Empty for invalid YAML, which is reported, too.
 */
export function readInnerYaml({ text, line }: YamlNode, report: Report): YamlNode[] {
  const reportRepeated = (key: string, keyLine: number, before: number): void => {
    const message = `${key} is here twice, first in line ${before}: kind silently uses the last one. Remove one.`;
    report('warning', 'twice', keyLine, message);
  };
  return readYaml(text ?? '', report, line, reportRepeated) ?? [];
}

/** Called for a repeated key of a mapping. */
type ReportRepeated = (key: string, line: number, before: number) => void;

/** Lines of the keys or indexes of a mapping or sequence, and of their values. */
type Lines = Map<unknown, Map<string, { readonly key: number; readonly value: number }>>;

function readDocuments(source: string, firstLine: number, reportRepeated: ReportRepeated | null): YamlNode[] {
  const events = parseEvents(source, {});
  const values = constructFromEvents(events, { source, schema, json: reportRepeated !== null });
  const lineAt = countLines(source, firstLine);
  const lines: Lines = new Map();
  const openAnchors: string[] = [];
  let next = 0;

  /** Walks the events of a value. @returns its line */
  const walk = (value: unknown, lineAbove: number): number => {
    const event = events[next];
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return lineAbove;
    next++;
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : event.anchorStart;
    const line = start < 0 ? lineAbove : lineAt(start);
    const anchor = source.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS && openAnchors.includes(anchor)) {
      YAMLException.throwAt(source, event.anchorStart, 'an anchor contains itself');
    }
    if (!('start' in event)) return line;
    const inside = new Map<string, { key: number; value: number }>();
    lines.set(value, inside);
    openAnchors.push(anchor);
    while (next < events.length && events[next]?.type !== EVENT_ID.POP) {
      const keyEvent = event.type === EVENT_ID.MAPPING ? events[next] : undefined;
      const key = keyEvent?.type === EVENT_ID.SCALAR ? getScalarValue(source, keyEvent) : String(inside.size);
      const keyLine = keyEvent === undefined ? line : walk(undefined, line);
      const before = inside.get(key);
      if (before !== undefined && key !== '<<') reportRepeated?.(key, keyLine, before.key);
      inside.set(key, { key: keyLine, value: walk(isCollection(value) ? value[key] : undefined, keyLine) });
    }
    openAnchors.pop();
    next++;
    return line;
  };

  return values.map((value) => {
    next++;
    const line = walk(value, firstLine);
    next++;
    return createNode(value, line, lines);
  });
}

function createNode(value: unknown, line: number, lines: Lines): YamlNode {
  const inside = lines.get(value);
  const child = (key: string, of: unknown): YamlNode => createNode(of, inside?.get(key)?.value ?? line, lines);
  const fields = isCollection(value) && !Array.isArray(value) ? value : {};
  return {
    value,
    line,
    text: typeof value === 'string' ? value : null,
    get: (key) => (Object.hasOwn(fields, key) ? child(key, fields[key]) : null),
    entries: () =>
      Object.entries(fields).map(([key, of]) => ({ key, line: inside?.get(key)?.key ?? line, node: child(key, of) })),
    items: () => (Array.isArray(value) ? value.map((of, index) => child(String(index), of)) : []),
  };
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** @returns a function from offset to line; fastest with increasing offsets */
export function countLines(source: string, firstLine = 1): (offset: number) => number {
  let at = 0;
  let line = firstLine;
  return (offset) => {
    if (offset < at) [at, line] = [0, firstLine];
    for (; at < offset; at++) if (source[at] === '\n') line++;
    return line;
  };
}

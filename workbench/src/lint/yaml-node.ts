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

/** A place in a file, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A value in a YAML file with its place; its parent's, if it has none of its own (from a merge key). */
export interface YamlNode extends Place {
  readonly value: unknown;
  /** The value of a key; null when it is missing, or this is not a mapping. */
  get(key: string): YamlNode | null;
  /** The keys of a mapping with their places. */
  entries(): readonly (Place & { readonly key: string; readonly node: YamlNode })[];
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
    return parseYaml(source, firstLine, reportRepeated).filter(({ value }) => isCollection(value));
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

/** Places of the keys or indexes of a mapping or sequence, and of their values. */
type Places = Map<unknown, Map<string, { readonly key: Place; readonly value: Place }>>;

/** Bounds for a text that somebody else wrote: a YAML bomb has thousands of aliases. */
export interface YamlLimits {
  readonly maxAliases?: number;
  readonly maxDepth?: number;
}

/**
 * Parses YAML (or JSON) documents of any kind; parameters as for {@link readYaml}.
 *
 * @throws YAMLException with the place in `mark`, from 0; also beyond the limits
 */
export function parseYaml(
  source: string,
  firstLine = 1,
  reportRepeated: ReportRepeated | null = null,
  { maxAliases = -1, maxDepth = 100 }: YamlLimits = {},
): YamlNode[] {
  const events = parseEvents(source, { maxDepth });
  const values = constructFromEvents(events, { source, schema, json: reportRepeated !== null, maxAliases });
  const placeAt = createLocator(source, firstLine);
  const places: Places = new Map();
  const openAnchors: string[] = [];
  let next = 0;

  /** Walks the events of a value. @returns its place */
  const walk = (value: unknown, above: Place): Place => {
    const event = events[next];
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return above;
    next++;
    const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : event.anchorStart;
    const place = start < 0 ? above : placeAt(start);
    const anchor = source.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS && openAnchors.includes(anchor)) {
      YAMLException.throwAt(source, event.anchorStart, 'an anchor contains itself');
    }
    if (!('start' in event)) return place;
    const inside = new Map<string, { key: Place; value: Place }>();
    places.set(value, inside);
    openAnchors.push(anchor);
    while (next < events.length && events[next]?.type !== EVENT_ID.POP) {
      const keyEvent = event.type === EVENT_ID.MAPPING ? events[next] : undefined;
      const key = keyEvent?.type === EVENT_ID.SCALAR ? getScalarValue(source, keyEvent) : String(inside.size);
      const keyPlace = keyEvent === undefined ? place : walk(undefined, place);
      const before = inside.get(key);
      if (before !== undefined && key !== '<<') reportRepeated?.(key, keyPlace.line, before.key.line);
      inside.set(key, { key: keyPlace, value: walk(isCollection(value) ? value[key] : undefined, keyPlace) });
    }
    openAnchors.pop();
    next++;
    return place;
  };

  return values.map((value) => {
    next++;
    const place = walk(value, { line: firstLine, column: 1 });
    next++;
    return createNode(value, place, places);
  });
}

function createNode(value: unknown, place: Place, places: Places): YamlNode {
  const inside = places.get(value);
  const child = (key: string, of: unknown): YamlNode => createNode(of, inside?.get(key)?.value ?? place, places);
  const fields = isCollection(value) && !Array.isArray(value) ? value : {};
  return {
    ...place,
    value,
    text: typeof value === 'string' ? value : null,
    get: (key) => (Object.hasOwn(fields, key) ? child(key, fields[key]) : null),
    entries: () =>
      Object.entries(fields).map(([key, of]) => ({ key, ...(inside?.get(key)?.key ?? place), node: child(key, of) })),
    items: () => (Array.isArray(value) ? value.map((of, index) => child(String(index), of)) : []),
  };
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** @returns a function from offset to line; fastest with increasing offsets */
export function countLines(source: string, firstLine = 1): (offset: number) => number {
  const placeAt = createLocator(source, firstLine);
  return (offset) => placeAt(offset).line;
}

function createLocator(source: string, firstLine: number): (offset: number) => Place {
  let at = 0;
  let line = firstLine;
  let lineStart = 0;
  return (offset) => {
    if (offset < at) [at, line, lineStart] = [0, firstLine, 0];
    for (; at < offset; at++) if (source[at] === '\n') [line, lineStart] = [line + 1, at + 1];
    return { line, column: offset - lineStart + 1 };
  };
}

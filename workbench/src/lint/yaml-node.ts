import { constructFromEvents, CORE_SCHEMA, EVENT_ID, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';

/** A value in a YAML file, and where it stands. */
export interface YamlNode {
  readonly value: unknown;
  /** From 1; that of what it is in, where it is not known (aliases, merged mappings). */
  readonly line: number;
  /** The value of a key; null when there is none, or this is no mapping. */
  get(key: string): YamlNode | null;
  /** The keys of a mapping with the lines they stand in. */
  entries(): readonly { readonly key: string; readonly line: number; readonly node: YamlNode }[];
  /** The elements of a sequence; none of anything else. */
  items(): readonly YamlNode[];
  /** The value when it is a string; else null. */
  readonly text: string | null;
}

/** What is no YAML; the sentence is the parser's. */
export class YamlError extends Error {
  readonly code = 'no_yaml';
  readonly line: number | null;

  constructor(message: string, line: number | null, cause: unknown) {
    super(message, { cause });
    this.line = line;
  }
}

/** Kubernetes' programs read merge keys (`<<`). */
const schema = CORE_SCHEMA.withTags(mergeTag);

/**
 * The documents of a YAML (or JSON) file.
 * @throws YamlError
 */
export function readYaml(source: string): YamlNode[] {
  try {
    const events = parseEvents(source, {});
    const values = constructFromEvents(events, { source, schema });
    if (values.some((value) => containsItself(value))) {
      throw new YamlError('an anchor stands for something that it is in itself', null, undefined);
    }
    const lines = findLines(source, events);
    return values.map((value, index) => createNode(value, [index], lines, 1));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlError(error.reason, error.mark === undefined ? null : error.mark.line + 1, error);
  }
}

/** Such a value has no end for whoever goes through it. */
function containsItself(value: unknown, above = new Set<object>(), done = new Set<object>()): boolean {
  if (typeof value !== 'object' || value === null || done.has(value)) return false;
  if (above.has(value)) return true;
  above.add(value);
  const found = Object.values(value).some((inner) => containsItself(inner, above, done));
  above.delete(value);
  done.add(value);
  return found;
}

type Path = readonly (string | number)[];

/** Lines by path: of values under the path itself, of keys with the mark `key`. */
interface Lines {
  readonly ofValues: ReadonlyMap<string, number>;
  readonly ofKeys: ReadonlyMap<string, number>;
}

function createNode(value: unknown, path: Path, lines: Lines, lineAbove: number): YamlNode {
  const line = lines.ofValues.get(JSON.stringify(path)) ?? lineAbove;
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : null;
  const child = (step: string | number, of: unknown): YamlNode => {
    const inner = [...path, step];
    return createNode(of, inner, lines, lines.ofKeys.get(JSON.stringify(inner)) ?? line);
  };
  return {
    value,
    line,
    text: typeof value === 'string' ? value : null,
    get: (key) => (fields?.has(key) ? child(key, fields.get(key)) : null),
    entries: () =>
      [...(fields ?? [])].map(([key, of]) => {
        const node = child(key, of);
        return { key, node, line: lines.ofKeys.get(JSON.stringify([...path, key])) ?? node.line };
      }),
    items: () => (Array.isArray(value) ? value.map((of, index) => child(index, of)) : []),
  };
}

interface Open {
  readonly path: Path;
  readonly kind: 'stream' | 'mapping' | 'sequence';
  count: number;
  /** The key that waits for its value. */
  key: string | null;
}

function findLines(source: string, events: readonly Event[]): Lines {
  const lineAt = countLines(source);
  const ofValues = new Map<string, number>();
  const ofKeys = new Map<string, number>();
  const open: Open[] = [{ path: [], kind: 'stream', count: 0, key: null }];

  /** Where the next node stands in what is open; null: it is a key. */
  const step = (text: string | null, line: number | null): Path | null => {
    const parent = open.at(-1);
    if (parent === undefined) return null;
    if (parent.kind !== 'mapping') return [...parent.path, parent.count++];
    if (parent.key === null) {
      parent.key = text ?? '';
      if (line !== null) ofKeys.set(JSON.stringify([...parent.path, parent.key]), line);
      return null;
    }
    const path = [...parent.path, parent.key];
    parent.key = null;
    return path;
  };

  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      if (open.length > 1) open.pop();
    } else if (event.type === EVENT_ID.DOCUMENT) {
      // A document is closed by a POP of its own, and its one node has the document's path.
      const stream = open[0];
      const path = [stream === undefined ? 0 : stream.count++];
      open.push({ path, kind: 'stream', count: 0, key: null });
    } else {
      const start = 'start' in event ? event.start : 'valueStart' in event ? event.valueStart : event.anchorStart;
      const line = start < 0 ? null : lineAt(start);
      const text = 'valueStart' in event && start >= 0 ? source.slice(event.valueStart, event.valueEnd) : null;
      const top = open.at(-1);
      const path = top?.kind === 'stream' && open.length === 2 ? top.path : step(text, line);
      if (path !== null && line !== null) ofValues.set(JSON.stringify(path), line);
      if ('start' in event) {
        const kind = event.type === EVENT_ID.MAPPING ? 'mapping' : 'sequence';
        open.push({ path: path ?? ['?'], kind, count: 0, key: null });
      }
    }
  }
  return { ofValues, ofKeys };
}

/** @returns the line, from 1, of an offset */
export function countLines(source: string): (offset: number) => number {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

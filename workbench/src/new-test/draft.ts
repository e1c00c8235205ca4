/** A value of the written test: a JSON value, or TypeScript that computes one. */
export type Draft = string | number | boolean | null | Expression | readonly Draft[] | DraftFields;

export interface DraftFields {
  readonly [name: string]: Draft;
}

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The constants and parameters of the written test that expressions use. */
export interface TestNames {
  /** The value of the label of all objects of one run of the test. */
  readonly label: string;
  /** The object's name. */
  readonly name: string;
  readonly namespace: string;
}

/** TypeScript in the written test. */
export class Expression {
  readonly code: string;
  readonly evaluate: (names: TestNames) => Json;

  /** @param evaluate computes the same value for the dry run */
  constructor(code: string, evaluate: (names: TestNames) => Json) {
    this.code = code;
    this.evaluate = evaluate;
  }
}

export const objectName = new Expression('name', (names) => names.name);
export const testNamespace = new Expression('namespace', (names) => names.namespace);
export const objectLabel = new Expression('label', (names) => names.label);

export function isFields(value: Draft | undefined): value is DraftFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Expression);
}

export function evaluate(draft: Draft, names: TestNames): Json {
  if (draft instanceof Expression) return draft.evaluate(names);
  if (isItems(draft)) return draft.map((item) => evaluate(item, names));
  if (isFields(draft)) {
    return Object.fromEntries(Object.entries(draft).map(([name, field]) => [name, evaluate(field, names)]));
  }
  return draft;
}

/** Adds the fields of `more`, which win; arrays are replaced. */
export function mergeDrafts(draft: Draft, more: Draft): Draft {
  if (!isFields(draft) || !isFields(more)) return more;
  const merged: Record<string, Draft> = { ...draft };
  for (const [name, field] of Object.entries(more)) {
    const before = merged[name];
    merged[name] = before === undefined ? field : mergeDrafts(before, field);
  }
  return merged;
}

/** Names of fields and keys, and indexes of arrays. */
export type FieldPath = readonly (string | number)[];

/** Parses the server's notation: `spec.rules[0].host`, `data[a.key]`. */
export function parseFieldPath(text: string): FieldPath {
  return [...text.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, key]) => {
    if (name !== undefined) return name;
    return key !== undefined && /^\d{1,4}$/.test(key) ? Number(key) : (key ?? '');
  });
}

/** Returns the value of a field; undefined: not set. */
export function getField(draft: Draft, path: FieldPath): Draft | undefined {
  let found: Draft | undefined = draft;
  for (const step of path) {
    if (isItems(found)) found = typeof step === 'number' ? found[step] : undefined;
    else found = isFields(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

/** Returns a copy with a field set, and with the objects and arrays on the way; undefined removes the field. */
export function setField(draft: Draft | undefined, path: FieldPath, field: Draft | undefined): Draft {
  const [step, ...rest] = path;
  if (step === undefined) return field ?? null;
  const removes = rest.length === 0 && field === undefined;
  if (typeof step === 'number') {
    const items: Draft[] = isItems(draft) ? [...draft] : [];
    if (removes) items.splice(step, 1);
    else if (step <= items.length) items[step] = setField(items[step], rest, field);
    return items;
  }
  const fields = new Map(isFields(draft) ? Object.entries(draft) : []);
  if (removes) fields.delete(step);
  else fields.set(step, setField(fields.get(step), rest, field));
  return Object.fromEntries(fields);
}

function isItems(value: Draft | undefined): value is readonly Draft[] {
  return Array.isArray(value);
}

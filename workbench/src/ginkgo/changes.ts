import type { Json } from '../new-test/draft.ts';
import { isRecord } from '../new-test/json.ts';
import { findField } from './go-types.ts';
import { quoteGo } from './go-text.ts';
import { formatGo } from './go-value.ts';
import { isItems, type Literals } from './literals.ts';
import { NotPlainError } from './special-literals.ts';

/** A difference between an object as it was read and as it was sent back. */
export interface Change {
  readonly path: readonly (string | number)[];
  /** undefined: removed. */
  readonly value: Json | undefined;
}

/** Finds what a test changed in an object before it sent it back. */
export function findChanges(before: Json, after: Json): Change[] {
  return compare(before, after, []).filter(({ path }) => path[0] !== 'apiVersion' && path[0] !== 'kind');
}

function compare(before: Json | undefined, after: Json | undefined, path: readonly (string | number)[]): Change[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => compare(field(before, name), field(after, name), [...path, name]));
  }
  if (isItems(before) && isItems(after) && before.length === after.length) {
    return after.flatMap((item, index) => compare(before[index], item, [...path, index]));
  }
  return isSame(before, after) ? [] : [{ path, value: after }];
}

function field(object: { readonly [name: string]: unknown }, name: string): Json | undefined {
  const found = Object.hasOwn(object, name) ? object[name] : undefined;
  return found === null || found === undefined ? undefined : (found as Json);
}

function isSame(before: Json | undefined, after: Json | undefined): boolean {
  if (before === after) return true;
  // A client may write a time in another form.
  const times = [before, after].map((value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN,
  );
  return times[0] === times[1] || (isEmpty(before) && isEmpty(after));
}

function isEmpty(value: Json | undefined): boolean {
  return (
    value === undefined ||
    (isItems(value) && value.length === 0) ||
    (isRecord(value) && Object.keys(value).length === 0)
  );
}

/**
 * Writes a change of a typed object as assignments.
 *
 * @throws NotPlainError if the type has no such field
 */
export function writeTypedChange(
  variable: string,
  type: string,
  { path, value }: Change,
  literals: Literals,
): string[] {
  let [code, current] = [variable, type];
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    const own = resolve(current.replace(/^\*/, ''), literals);
    const map = /^map\[[^\]]+\](.+)$/.exec(own)?.[1];
    const list = /^\[\](.+)$/.exec(own)?.[1];
    if (map !== undefined) {
      const key = literals.text(String(step), 'key');
      if (isLast && value === undefined) return [`delete(${code}, ${key})`];
      if (!isLast && !/^(?:\*|\[\]|map)/.test(map)) throw new NotPlainError(`a field of ${own}`);
      [code, current] = [`${code}[${key}]`, map];
    } else if (list !== undefined) [code, current] = [`${code}[${step}]`, list];
    else {
      const found = findField(literals.types, own, String(step))?.at(-1);
      if (found === undefined) throw new NotPlainError(`${own} has no field ${step}`);
      // Its fields are promoted.
      const isPromoted = found[1] === 'ObjectMeta' && !isLast;
      [code, current] = [isPromoted ? code : `${code}.${found[1]}`, found[2]];
    }
  }
  const last = String(path.at(-1) ?? '');
  if (value !== undefined) return [`${code} = ${formatGo(literals.typed(value, current, last), 0)}`];
  return [`${code} = ${writeZero(current, literals)}`];
}

function resolve(type: string, { types }: Literals): string {
  const known = types.types[type];
  return typeof known === 'string' && /^(?:\[|map)/.test(known) ? known : type;
}

function writeZero(type: string, literals: Literals): string {
  const known = literals.types.types[type];
  const basic = typeof known === 'string' ? known : type;
  if (/^(?:\*|\[|map)/.test(basic)) return 'nil';
  if (basic === 'string') return '""';
  if (basic === 'bool') return 'false';
  return /^(?:u?int|float)/.test(basic) ? '0' : `${literals.name(type)}{}`;
}

/** Writes a change of an object of the dynamic client. Lists are replaced whole. */
export function writeDynamicChange(variable: string, change: Change, after: Json, literals: Literals): string[] {
  const index = change.path.findIndex((step) => typeof step === 'number');
  const path = (index < 0 ? change.path : change.path.slice(0, index)).map(String);
  const value =
    index < 0
      ? change.value
      : path.reduce<Json | undefined>((found, step) => (isRecord(found) ? field(found, step) : undefined), after);
  const unstructured = literals.imports.use('k8s.io/apimachinery/pkg/apis/meta/v1/unstructured');
  const steps = path.map((step) => literals.text(step, 'key')).join(', ');
  if (value === undefined) return [`${unstructured}.RemoveNestedField(${variable}.Object, ${steps})`];
  const code = formatGo(literals.decoded(value, path.at(-1) ?? '', 'int64'), 0);
  return [
    `if err := ${unstructured}.SetNestedField(${variable}.Object, ${code}, ${steps}); err != nil {`,
    '\treturn err',
    '}',
  ];
}

/** Names of fields for a comment: `metadata.labels.a`. */
export function formatPath({ path }: Change): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : /^\w+$/.test(step) ? `.${step}` : `[${quoteGo(step)}]`))
    .join('')
    .replace(/^\./, '');
}

import type { ModelField } from '../audited-cluster/client-call.ts';
import { Expression, isFields } from './draft.ts';
import type { Draft } from './draft.ts';
import { quote } from './source-text.ts';

/** A value as the generated class wants it. */
export interface TypedValue {
  readonly value: Draft;
  /** Classes that the value creates. */
  readonly imports: readonly string[];
}

/**
 * Converts a JSON value into the fields and dates of a generated class.
 *
 * @returns null if the class lacks a field: the client is older than the cluster
 */
export function convertValue(
  draft: Draft,
  type: string,
  findFields: (type: string) => readonly ModelField[] | null,
): TypedValue | null {
  const imports: string[] = [];
  let isComplete = true;
  const convert = (value: Draft, asType: string): Draft => {
    if (value instanceof Expression) return value;
    const itemType = /^Array<(.*)>$/.exec(asType)?.[1];
    if (itemType !== undefined && Array.isArray(value)) return value.map((item: Draft) => convert(item, itemType));
    if (typeof value === 'string' && (asType === 'Date' || asType === 'V1MicroTime')) {
      if (asType !== 'Date') imports.push(asType);
      return new Expression(`new ${asType}(${quote(value)})`, () => value);
    }
    if (!isFields(value)) return value;
    const valueType = /^\{ \[key: string\]: (.*); \}$/.exec(asType)?.[1];
    const fields = findFields(asType);
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        if (valueType !== undefined) return [name, convert(field, valueType)];
        const known = fields?.find(({ baseName }) => baseName === name);
        if (fields !== null && known === undefined) isComplete = false;
        return [known?.name ?? name, convert(field, known?.type ?? 'any')];
      }),
    );
  };
  const value = convert(draft, type);
  return isComplete ? { value, imports } : null;
}

/** The generated class of a kind: `V1Pod`, or with its group where several have the name: `CoreV1Event`. */
export function findModel(
  client: string,
  version: string,
  kind: string,
  findFields: (type: string) => readonly ModelField[] | null,
): string | null {
  const candidates = [`${client.replace(/Api$/, '')}${kind}`, `V${version.slice(1)}${kind}`];
  return candidates.find((type) => findFields(type) !== null) ?? null;
}

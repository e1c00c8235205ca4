import type { Json } from '../new-test/draft.ts';
import { isRecord } from '../new-test/json.ts';
import { findField, type GoTypes } from './go-types.ts';
import { quoteBytes, quoteGo } from './go-text.ts';
import type { GoEntry, GoValue } from './go-value.ts';
import type { Imports } from './imports.ts';
import { expectText, NotPlainError, writeSpecial } from './special-literals.ts';
import { timeType, type Expression, type MadeValues } from './made-values.ts';

/** What a body may hold, from elsewhere. */
const maxDepth = 60;

/** Writes JSON values as Go literals. */
export class Literals {
  readonly types: GoTypes;
  readonly imports: Imports;
  readonly #values: MadeValues;

  constructor(types: GoTypes, imports: Imports, values: MadeValues) {
    [this.types, this.imports, this.#values] = [types, imports, values];
  }

  /**
   * Writes a value of a Go type.
   *
   * @param type as in {@link GoTypes}
   * @param field the JSON name of its field
   * @throws NotPlainError if the type has no such value
   */
  typed(value: Json, type: string, field: string): GoValue {
    return this.#typed(value, type, { field, depth: 0, isElided: false });
  }

  #typed(value: Json, type: string, place: { field: string; depth: number; isElided: boolean }): GoValue {
    if (place.depth > maxDepth) throw new NotPlainError('nested too deeply');
    const below = { field: place.field, depth: place.depth + 1, isElided: true };
    if (type.startsWith('*')) return this.#pointer(value, type.slice(1), place);
    if (type === '[]uint8') return `[]byte(${quoteBytes(decodeBase64(expectText(value, type)))})`;
    const list = /^\[\](.+)$/.exec(type)?.[1];
    if (list !== undefined) {
      if (!isItems(value)) throw new NotPlainError(`${type} of ${typeof value}`);
      return {
        type: this.name(type),
        entries: value.map((item) => ({ key: null, value: this.#typed(item, list, below) })),
      };
    }
    const map = /^map\[([^\]]+)\](.+)$/.exec(type);
    if (map !== null) return this.#map(value, type, { key: map[1] ?? '', element: map[2] ?? '', depth: below.depth });
    const special = writeSpecial(value, type, place.field, this);
    if (special !== null) return special;
    const known = this.types.types[type];
    if (typeof known === 'string' && /^(?:\[|map)/.test(known)) {
      const plain = this.#typed(value, known, { ...place, isElided: false });
      return typeof plain === 'string' ? plain : { ...plain, type: this.name(type) };
    }
    if (known === undefined || typeof known === 'string') return this.#scalar(value, known ?? type, type, place.field);
    if (!isRecord(value)) throw new NotPlainError(`${type} of ${typeof value}`);
    return { type: place.isElided ? '' : this.name(type), entries: this.#fields(value, type, below.depth) };
  }

  #pointer(value: Json, type: string, place: { field: string; depth: number; isElided: boolean }): GoValue {
    const known = this.types.types[type];
    const ptr = (): string => this.imports.use('k8s.io/utils/ptr');
    const special = writeSpecial(value, type, place.field, this);
    if (special !== null) return `${ptr()}.To(${special})`;
    if (known !== undefined && typeof known !== 'string') {
      const struct = this.#typed(value, type, place);
      if (typeof struct === 'string') return struct;
      return { ...struct, type: place.isElided ? '' : `&${struct.type}` };
    }
    const scalar = this.#scalar(value, known ?? type, type, place.field);
    if (/^(?:\[|map)/.test(known ?? type)) throw new NotPlainError(`a pointer to ${type}`);
    const isDerived = type === 'string' || type === 'bool';
    return isDerived ? `${ptr()}.To(${scalar})` : `${ptr()}.To[${this.name(type)}](${scalar})`;
  }

  #map(
    value: Json,
    type: string,
    { key: keyType, element, depth }: { key: string; element: string; depth: number },
  ): GoValue {
    if (!isRecord(value)) throw new NotPlainError(`${type} of ${typeof value}`);
    const entries = sortEntries(value).map(([key, item]) => {
      const made = this.#values.find(key, 'key');
      const code = made === null ? quoteGo(key) : this.convert(made, keyType);
      return { key: code, value: this.#typed(item, element, { field: key, depth, isElided: true }) };
    });
    return { type: this.name(type), entries };
  }

  #scalar(value: Json, basic: string, type: string, field: string): string {
    if (basic === 'string') {
      const text = expectText(value, type);
      const made = this.#values.find(text, field);
      return made === null ? quoteGo(text) : this.convert(made, type);
    }
    if (basic === 'bool' && typeof value === 'boolean') return String(value);
    if (/^u?int\d*$/.test(basic) && typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (/^float/.test(basic) && typeof value === 'number') return String(value);
    throw new NotPlainError(`${type} of ${typeof value}`);
  }

  #fields(value: { readonly [name: string]: Json }, type: string, depth: number): GoEntry[] {
    const inlined = new Map<string, Record<string, Json>>();
    const entries = new Map<string, GoEntry>();
    for (const [json, field] of Object.entries(value)) {
      if (field === null) continue;
      const [first, ...rest] = findField(this.types, type, json) ?? [];
      if (first === undefined) throw new NotPlainError(`${type} has no field ${json}`);
      if (rest.length > 0) inlined.set(first[1], { ...inlined.get(first[1]), [json]: field });
      else {
        const written = this.#typed(field, first[2], { field: json, depth, isElided: false });
        entries.set(first[1], { key: first[1], value: written });
      }
    }
    const order = this.types.types[type];
    const declared = typeof order === 'object' ? order : [];
    return declared.flatMap(([, name, fieldType]) => {
      const part = inlined.get(name);
      if (part === undefined) return entries.get(name) ?? [];
      return { key: name, value: this.#typed(part, fieldType, { field: name, depth, isElided: false }) };
    });
  }

  /** Writes a value as JSON is decoded: maps and slices of any. */
  decoded(value: Json, field: string, numbers: 'int64' | 'plain'): GoValue {
    if (isItems(value)) {
      return {
        type: '[]any',
        entries: value.map((item) => ({ key: null, value: this.decoded(item, field, numbers) })),
      };
    }
    if (isRecord(value)) {
      const entries = sortEntries(value).map(([key, item]) => ({
        key: this.text(key, 'key'),
        value: this.decoded(item, key, numbers),
      }));
      return { type: 'map[string]any', entries };
    }
    if (typeof value === 'string') return this.text(value, field);
    if (value === null) return 'nil';
    if (typeof value !== 'number' || numbers === 'plain') return String(value);
    return Number.isSafeInteger(value) ? `int64(${value})` : `float64(${value})`;
  }

  /** Writes a text as a Go string: quoted, or as a variable. */
  text(text: string, field: string): string {
    const made = this.#values.find(text, field);
    return made === null ? quoteGo(text) : this.convert(made, 'string');
  }

  /** The variable of a time that was made in the run. */
  findTime(text: string, field: string): string | null {
    const made = this.#values.find(text, field);
    return made?.type === timeType ? made.code : null;
  }

  convert({ code, type: own }: Expression, type: string): string {
    if (own === type) return code;
    if (own === timeType) return `${code}.UTC().Format(${this.imports.use('time')}.RFC3339)`;
    return `${this.name(type)}(${code})`;
  }

  /** The name of a type in the file. */
  name(type: string): string {
    if (type.startsWith('*')) return `*${this.name(type.slice(1))}`;
    if (type.startsWith('[]')) return `[]${this.name(type.slice(2))}`;
    const map = /^map\[([^\]]+)\](.+)$/.exec(type);
    if (map !== null) return `map[${this.name(map[1] ?? '')}]${this.name(map[2] ?? '')}`;
    const dot = type.lastIndexOf('.');
    if (type === 'uint8') return 'byte';
    return dot < 0 ? type : `${this.imports.use(type.slice(0, dot))}.${type.slice(dot + 1)}`;
  }
}

export function isItems(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The values of Secrets are stored as `<12 bytes>`. */
export const redacted = /^<\d+ bytes>$/;

function decodeBase64(text: string): Buffer {
  if (redacted.test(text)) return Buffer.from('placeholder');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new NotPlainError('bytes that are not base64');
  return bytes;
}

/** SnoopDB orders keys by length; maps read better in order. */
function sortEntries(value: { readonly [name: string]: Json }): [string, Json][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

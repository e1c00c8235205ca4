import type { Json } from '../new-test/draft.ts';
import { asRecord } from '../new-test/json.ts';
import { type CallWriter, metav1 } from './call-writer.ts';
import { commentGo } from './go-text.ts';
import { formatGo } from './go-value.ts';
import { NotPlainError } from './special-literals.ts';
import type { Call } from './read-calls.ts';

/** Parameters that change nothing about what is done. */
const ignored = new Set(['pretty', 'watch']);

export function writeOptions(call: Call, type: string, { types, literals }: CallWriter): string {
  const fields = types.types[type];
  const known = new Map((typeof fields === 'object' ? fields : []).map(([json, , fieldType]) => [json, fieldType]));
  const given: Record<string, Json> = {};
  for (const [name, value] of call.query) {
    const fieldType = known.get(name);
    if (fieldType === undefined || ignored.has(name)) continue;
    given[name] = readParameter(value, fieldType);
  }
  if (type.endsWith('.DeleteOptions') && call.body !== undefined) Object.assign(given, omitTypeMeta(call.body));
  const text = (value: Json): string => formatGo(literals.typed(value, type, ''), 0);
  try {
    return text(given);
  } catch (error) {
    if (error instanceof NotPlainError) return text({});
    throw error;
  }
}

function readParameter(value: string, type: string): Json {
  if (type === '[]string') return [value];
  if (/int64$/.test(type)) return Number(value);
  return /bool$/.test(type) ? value === 'true' || value === '1' : value;
}

/** The Go types say it, and the typed client sends it. */
export function omitTypeMeta(body: Json): Json {
  const { apiVersion: _version, kind: _kind, ...rest } = asRecord(body) as Record<string, Json>;
  return rest;
}

/** Parameters that the options of client-go do not have. */
export function listDroppedParameters({ query, verb }: Call, { types }: CallWriter): string[] {
  const options: Readonly<Record<string, string>> = {
    ...{ create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', get: 'GetOptions' },
    ...{ list: 'ListOptions', watch: 'ListOptions', deletecollection: 'ListOptions', delete: 'DeleteOptions' },
  };
  const type = options[verb];
  const fields = type === undefined ? undefined : types.types[`${metav1}.${type}`];
  if (typeof fields !== 'object') return [];
  const known = new Set(fields.map(([json]) => json));
  return [...query.keys()].filter((name) => !known.has(name) && !ignored.has(name)).map(commentGo);
}

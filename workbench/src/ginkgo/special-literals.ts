import type { Json } from '../new-test/draft.ts';
import { quoteGo } from './go-text.ts';
import type { Imports } from './imports.ts';
import { timeType } from './made-values.ts';

/** A JSON value that has no plain Go literal. */
export class NotPlainError extends Error {}

/** What special literals need of the others. */
export interface LiteralNames {
  readonly imports: Imports;
  /** The name of a type in the file. */
  name(type: string): string;
  /** A text as a Go string: quoted, or a variable. */
  text(text: string, field: string): string;
  /** The variable of a time that was made in the run. */
  findTime(text: string, field: string): string | null;
}

const metav1 = 'k8s.io/apimachinery/pkg/apis/meta/v1';

/**
 * Writes a value of a type whose JSON form differs from its fields; null: it is not such a type.
 *
 * @throws NotPlainError if the type has no such value
 */
export function writeSpecial(value: Json, type: string, field: string, names: LiteralNames): string | null {
  const { imports } = names;
  switch (type) {
    case timeType: {
      const text = expectText(value, type);
      return names.findTime(text, field) ?? `${imports.use(metav1)}.Date(${writeDate(text, imports)})`;
    }
    case `${metav1}.MicroTime`:
      return writeMicroTime(expectText(value, type), field, names);
    case 'k8s.io/apimachinery/pkg/api/resource.Quantity': {
      const text = typeof value === 'number' ? String(value) : expectText(value, type);
      return `${imports.use('k8s.io/apimachinery/pkg/api/resource')}.MustParse(${quoteGo(text)})`;
    }
    case 'k8s.io/apimachinery/pkg/util/intstr.IntOrString': {
      const intstr = imports.use('k8s.io/apimachinery/pkg/util/intstr');
      if (typeof value === 'number') return `${intstr}.FromInt32(${value})`;
      return `${intstr}.FromString(${names.text(expectText(value, type), field)})`;
    }
    case 'k8s.io/apimachinery/pkg/runtime.RawExtension':
    case `${metav1}.FieldsV1`:
      return `${names.name(type)}{Raw: []byte(${quoteGo(JSON.stringify(value))})}`;
    default:
      return null;
  }
}

function writeMicroTime(text: string, field: string, names: LiteralNames): string {
  const { imports } = names;
  const now = names.findTime(text, field);
  const time = now === null ? `${imports.use('time')}.Date(${writeDate(text, imports)})` : `${now}.Time`;
  return `${imports.use(metav1)}.NewMicroTime(${time})`;
}

/** The arguments of `time.Date`. */
function writeDate(text: string, imports: Imports): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new NotPlainError(`a time of ${text}`);
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  const day = [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate()];
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds(), Number(fraction.padEnd(9, '0'))];
  return [...day, ...clock, `${imports.use('time')}.UTC`].join(', ');
}

/** @throws NotPlainError for other values */
export function expectText(value: Json, type: string): string {
  if (typeof value !== 'string') throw new NotPlainError(`${type} of ${typeof value}`);
  return value;
}

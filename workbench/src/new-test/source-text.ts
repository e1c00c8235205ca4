import { Expression, isFields } from './draft.ts';
import type { Draft } from './draft.ts';

/** The line width of the formatter. */
const width = 120;

/**
 * Formats a value as TypeScript, as Biome and Prettier do with single quotes: on one line if it fits.
 *
 * @param indent columns of the line's indentation
 * @param used columns of the first line before and after the value
 */
export function formatValue(value: Draft, indent: number, used: number): string {
  const flat = formatFlat(value);
  if (used + flat.length <= width && !mustBreak(value)) return flat;
  const inner = indent + 2;
  const pad = ' '.repeat(inner);
  if (isFields(value) && Object.keys(value).length > 0) {
    const lines = Object.entries(value).map(([name, field]) => {
      const key = isShorthand(name, field) ? '' : `${formatKey(name)}: `;
      const text = formatValue(field, inner, inner + key.length + 1);
      // A text that is too long gets its own line.
      const isLong = typeof field === 'string' && inner + key.length + text.length + 1 > width;
      return `${pad}${isLong ? `${key.trimEnd()}\n${pad}  ` : key}${text},\n`;
    });
    return `{\n${lines.join('')}${' '.repeat(indent)}}`;
  }
  if (Array.isArray(value) && value.length > 0) {
    const lines = value.map((item: Draft) => `${pad}${formatValue(item, inner, inner + 1)},\n`);
    return `[\n${lines.join('')}${' '.repeat(indent)}]`;
  }
  return flat;
}

function formatFlat(value: Draft): string {
  if (value instanceof Expression) return value.code;
  if (typeof value === 'string') return quote(value);
  if (isFields(value)) {
    const fields = Object.entries(value).map(([name, field]) =>
      isShorthand(name, field) ? name : `${formatKey(name)}: ${formatFlat(field)}`,
    );
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (Array.isArray(value)) return `[${value.map(formatFlat).join(', ')}]`;
  return String(value);
}

function isShorthand(name: string, field: Draft): boolean {
  return field instanceof Expression && field.code === name;
}

/** The formatters break arrays of several objects with several fields. */
function mustBreak(value: Draft): boolean {
  if (isFields(value)) return Object.values(value).some(mustBreak);
  if (!Array.isArray(value)) return false;
  const items: readonly Draft[] = value;
  return (
    (items.length > 1 && items.every((item) => isFields(item) && Object.keys(item).length > 1)) || items.some(mustBreak)
  );
}

function formatKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** Single quotes, unless double quotes need fewer escapes. */
export function quote(text: string): string {
  const json = JSON.stringify(text).slice(1, -1);
  const singles = text.split("'").length;
  const doubles = text.split('"').length;
  if (singles > doubles) return `"${json}"`;
  return `'${json.replaceAll(String.raw`\"`, '"').replaceAll("'", String.raw`\'`)}'`;
}

/** Formats `before(arguments)after` with the indentation of `indent` columns; every argument fits one line. */
export function formatCall(indent: number, before: string, args: readonly string[], after = ';'): string {
  const pad = ' '.repeat(indent);
  const line = `${pad}${before}(${args.join(', ')})${after}`;
  if (line.length <= width) return line;
  const [only, ...others] = args;
  if (only !== undefined && others.length === 0 && only.startsWith('{ ')) {
    const fields = splitFields(only).map((field) => `${pad}  ${field},\n`);
    return `${pad}${before}({\n${fields.join('')}${pad}})${after}`;
  }
  return `${pad}${before}(\n${args.map((arg) => `${pad}  ${arg},\n`).join('')}${pad})${after}`;
}

/** `{ a, b: f({ c }) }` as `a` and `b: f({ c })`. */
function splitFields(text: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  let field = '';
  for (const character of text.slice(2, -2)) {
    if ('({['.includes(character)) depth += 1;
    if (')}]'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) {
      fields.push(field.trim());
      field = '';
    } else field += character;
  }
  return [...fields, field.trim()];
}

/** Formats an import, sorted. */
export function formatImport(names: Iterable<string>, from: string, isType = false): string {
  const sorted = [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
  const head = `import ${isType ? 'type ' : ''}{`;
  const line = `${head} ${sorted.join(', ')} } from '${from}';`;
  return line.length <= width ? line : `${head}\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}

/** Code of a template literal that inserts an expression. */
export function placeholder(expression: string): string {
  return `\${${expression}}`;
}

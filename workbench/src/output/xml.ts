import { escapeControlCharacters } from './control-characters.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An XML 1.0 element; its children are XML, its attributes untrusted text. Attributes without a value are left out. */
export function formatElement(
  name: string,
  attributes: Readonly<Record<string, string | number | null>>,
  children: readonly string[] = [],
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [` ${key}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`],
  );
  const head = `${name}${written.join('')}`;
  return children.length === 0 ? `<${head}/>` : `<${head}>${children.join('')}</${name}>`;
}

/** Escapes untrusted text; what XML 1.0 has no character for is replaced. `>` too, since text may hold `]]>`. */
export function escapeXml(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControlCharacters(line).replace(/[\ufffe\uffff]/g, '\ufffd'))
    .join('\n')
    .replace(/[&<>"]/g, (found) => entities[found] ?? found);
}

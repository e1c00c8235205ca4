/** An element of a well-formed XML document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text in it, decoded. */
  readonly text: string;
}

const token = /<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/y;
const attribute = / ([\w-]+)="([^"<]*)"/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** Parses the XML that reports use: elements, attributes, text. @throws for anything that is not well-formed */
export function parseXml(xml: string): XmlElement {
  // https://www.w3.org/TR/xml/#charsets
  const invalid = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(xml);
  if (invalid) throw new Error(`The character at ${invalid.index} is not one of XML 1.0.`);
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(head)) throw new Error('The XML declaration is missing.');
  const root: { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string } = {
    ...{ name: '', attributes: {}, children: [], text: '' },
  };
  const open = [root];
  token.lastIndex = head.length;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const [, slash, name = '', attributes = '', empty, text] = token.exec(xml) ?? [];
    const parent = open.at(-1);
    if (parent === undefined || (slash === undefined && text === undefined))
      throw new Error(`Not well-formed: ${xml.slice(at, at + 80)}`);
    if (text !== undefined) {
      if (text.includes(']]>')) throw new Error("Text contains ']]>'.");
      for (const one of open) one.text += decode(text);
    } else if (slash === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes no <${name}>.`);
    } else {
      const pairs = [...attributes.matchAll(attribute)].map(
        ([, key = '', value = '']) => [key, decode(value)] as const,
      );
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`<${name}> has an attribute twice.`);
      const element = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
      parent.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [only, ...others] = root.children;
  if (open.length > 1 || only === undefined || others.length > 0) throw new Error('Not one closed root element.');
  return only;
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (found, number?: string, name?: string) => {
    const decoded = number === undefined ? entities[name ?? ''] : String.fromCodePoint(Number(number));
    if (decoded === undefined) throw new Error(`Unknown entity ${found}`);
    return decoded;
  });
}

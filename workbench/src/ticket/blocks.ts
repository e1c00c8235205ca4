import { escapeControlCharacters } from '../output/control-characters.ts';
import { escapeMarkdown } from '../output/markdown.ts';

const maxNameCharacters = 200;

/**
 * Fences text so that it can neither end the fence nor reach a bot: the project's bots read every line of an issue that
 * starts with a command such as `/close`, also in a fence, so such a line is indented by a blank.
 */
export function fence(text: string, language = ''): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text
    .replace(/\r\n?/g, '\n')
    .replace(/\n+$/, '')
    .split('\n')
    .map(escapeLine)
    .join('\n')}\n${ticks}`;
}

function escapeLine(line: string): string {
  return line
    .split('\t')
    .map(escapeControlCharacters)
    .join('\t')
    .replace(/^(?=\/[A-Za-z])/, ' ');
}

/** A name in a sentence, a heading or a list item: it cannot become markup. */
export function formatName(name: string): string {
  return escapeMarkdown(shorten(name)).replace(/^(?=[-+=/])|(?<=^\d+)(?=[.)](?:\s|$))/, '\\');
}

/** Puts a name on one line, without control characters, and shortens it. */
export function shorten(name: string, most = maxNameCharacters): string {
  const line = escapeControlCharacters(name.replace(/\s+/g, ' ').trim());
  return line.length <= most ? line : `${line.slice(0, most - 2).trimEnd()} …`;
}

/** `code`, also of a text with backticks. */
export function formatCode(text: string): string {
  return `\`${shorten(text).replaceAll('`', "'")}\``;
}

/** The target of a link: it cannot end the link. */
export function formatUrl(url: string): string {
  return [...Buffer.from(url)]
    .map((byte) => [String.fromCharCode(byte), byte.toString(16).padStart(2, '0')] as const)
    .map(([character, hex]) => (/[\w\-./:#?&=%+~]/.test(character) ? character : `%${hex}`))
    .join('');
}

/** `1 endpoint`, `2 endpoints` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

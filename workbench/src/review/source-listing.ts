import { escapeControlCharacters } from '../output/control-characters.ts';

/** Invisible characters and controls, except tabs and line breaks: an editor may show another program than the one that runs. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0](?<![\t\n])/u;

export interface ListedSource {
  readonly file: string;
  readonly content: string;
}

/** Lists the lines with characters that are not shown. */
export function findHiddenCharacters(content: string): number[] {
  return splitLines(content.replace(/^\ufeff/, '')).flatMap((line, index) => (hidden.test(line) ? [index + 1] : []));
}

/** Formats sources with numbered lines. Control and invisible characters are replaced. */
export function formatSources(sources: readonly ListedSource[]): string {
  return sources
    .map(({ file, content }) => {
      const lines = splitLines(content.replace(/\r?\n$/, ''));
      const digits = String(lines.length).length;
      const numbered = lines.map((line, index) => `${String(index + 1).padStart(digits)}  ${showLine(line)}`.trimEnd());
      return [`=== ${showLine(file)}`, ...numbered, ''].join('\n');
    })
    .join('\n');
}

function showLine(line: string): string {
  return escapeControlCharacters(line.replaceAll('\t', '    ').replace(new RegExp(hidden, 'gu'), '\ufffd'));
}

function splitLines(content: string): string[] {
  return content.split(/\r?\n/);
}

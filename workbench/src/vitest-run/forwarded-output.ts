import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { measureIndent, readWidth } from '../output/wrap.ts';

/**
 * Forwards vitest's output. Vitest always uses colours; files and pipes get plain text. On a terminal, long lines wrap
 * at blanks, and words stay whole so that they can be copied. Ignores `end()`: vitest pipes the output of all workers
 * into this stream, and the first worker to exit would end it.
 */
export class ForwardedOutput extends Writable {
  readonly #stream: NodeJS.WritableStream;
  readonly #coloured: boolean;

  constructor(stream: NodeJS.WritableStream) {
    super({ decodeStrings: false });
    this.#stream = stream;
    this.#coloured = 'isTTY' in stream && stream.isTTY === true;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    this.#stream.write(this.#coloured ? wrapLines(text, readWidth(this.#stream)) : stripVTControlCharacters(text));
    done();
  }

  override end(): this {
    return this;
  }
}

function wrapLines(text: string, width: number | null): string {
  if (width === null) return text;
  return text
    .split('\n')
    .map((line) => (stringWidth(line) > width ? wrapLine(line, width) : line))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const indent = ' '.repeat(Math.min(measureIndent(stripVTControlCharacters(line)), width / 2));
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S)(?=\s)/)) {
    if (current !== '' && stringWidth(current) + stringWidth(word) > width) {
      lines.push(current);
      current = indent + word.trimStart();
    } else {
      current += word;
    }
  }
  return [...lines, current].join('\n');
}

import { StringDecoder } from 'node:string_decoder';

/** A part of a log: what specs print when they end, one character each, or a whole line without its colors. */
export type LogPart =
  | { readonly kind: 'marks'; readonly marks: string }
  | { readonly kind: 'line'; readonly text: string };

const lineCharacters = 64 * 1024;
const pieceCharacters = 16 * 1024;
const escapeCharacter = '\\x1b';
const color = `${escapeCharacter}\\[[0-9;]*m`;
const colors = new RegExp(color, 'g');
const nextMark = new RegExp(`(?:${color})*([•SP])(?:${color})*`, 'y');
/** A color that the next bytes may complete. */
const cutColor = new RegExp(`^(?:${escapeCharacter}(?:\\[[0-9;]{0,20})?)?$`);

/**
 * Divides a growing log into lines. Ginkgo prints the marks of thousands of specs into one line, which ends after hours, so
 * marks are returned as they arrive. Other lines are cut at about 64,000 characters.
 *
 * A mark is `•` (passed), `S` (skipped) or `P` (pending) at the beginning of a line. A single one with more behind it begins
 * a word (`STEP:`) or a heading (`• [FAILED]`); two or more are marks, also before other output.
 */
export class LogLines {
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';
  #isInMarks = false;

  feed(chunk: Uint8Array): LogPart[] {
    return [...this.#divide(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)))];
  }

  /** Returns what is left, as if the line had ended. */
  end(): LogPart[] {
    return [...this.#divide(`${this.#decoder.end()}\n`)];
  }

  *#divide(text: string): Generator<LogPart> {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield* this.#append(text.slice(start, end));
      yield* this.#takeMarks(true);
      yield* this.#takeLine();
      start = end + 1;
    }
    yield* this.#append(text.slice(start));
  }

  *#append(text: string): Generator<LogPart> {
    for (let start = 0; start < text.length && this.#pending.length < lineCharacters; start += pieceCharacters) {
      this.#pending += text.slice(start, start + pieceCharacters);
      yield* this.#takeMarks(false);
    }
  }

  *#takeMarks(isComplete: boolean): Generator<LogPart> {
    const { marks, length } = findMarks(this.#pending);
    const rest = this.#pending.slice(length);
    const isOnlyMarks = cutColor.test(rest) || rest.trim() === '';
    const isRun = this.#isInMarks
      ? marks.length > 0
      : marks.length > 1 || (marks.length === 1 && isComplete && isOnlyMarks);
    if (!isRun) return;
    this.#isInMarks = true;
    this.#pending = rest;
    yield { kind: 'marks', marks };
  }

  *#takeLine(): Generator<LogPart> {
    const text = this.#pending.replace(colors, '').trimEnd();
    const isRest = this.#isInMarks;
    this.#pending = '';
    this.#isInMarks = false;
    if (!isRest || text !== '') yield { kind: 'line', text };
  }
}

function findMarks(text: string): { marks: string; length: number } {
  let marks = '';
  let length = 0;
  nextMark.lastIndex = 0;
  for (let match = nextMark.exec(text); match !== null; match = nextMark.exec(text)) {
    marks += match[1];
    length = nextMark.lastIndex;
  }
  return { marks, length };
}

const slotsOfLength = 128;
const lengths = 256;
/** Whoever sends long texts, or many, must not fill the memory. */
const longest = 400;
const mostCharacters = 2 * 1024 * 1024;

/**
 * Texts that come again and again, found by their bytes: making a string of each anew costs more than all else that is
 * done with it. Of two texts that meet in one place the later one stays.
 */
export class KnownWords {
  readonly #words: (string | undefined)[] = Array.from({ length: lengths * slotsOfLength });
  #characters = 0;

  constructor(words: Iterable<string> = []) {
    for (const word of words) this.add(word);
  }

  add(word: string): void {
    if (word.length > longest || !isAscii(word)) return;
    if (this.#characters > mostCharacters) {
      this.#words.fill(undefined);
      this.#characters = 0;
    }
    const at = place(word.length, word.charCodeAt(word.length >> 1));
    this.#characters += word.length - (this.#words[at]?.length ?? 0);
    this.#words[at] = word;
  }

  /** The known text that these bytes are; undefined when they are another. */
  find(bytes: Buffer, start: number, end: number): string | undefined {
    const length = end - start;
    const word = this.#words[place(length, bytes[start + (length >> 1)] ?? 0)];
    if (word === undefined || word.length !== length) return undefined;
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== word.charCodeAt(at)) return undefined;
    return word;
  }
}

function place(length: number, middle: number): number {
  return (length & (lengths - 1)) * slotsOfLength + (middle & (slotsOfLength - 1));
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

const slotsOfLength = 128;
const lengths = 256;
/** Bounds: senders choose the texts. */
const maxLength = 400;
const maxCharacters = 2 * 1024 * 1024;

/**
 * Frequent texts, found by their bytes: creating a string each time would cost more than everything else. Of two texts
 * in one slot the newer one stays.
 */
export class StringCache {
  readonly #words: (string | undefined)[] = Array.from({ length: lengths * slotsOfLength });
  #characters = 0;

  constructor(words: Iterable<string> = []) {
    for (const word of words) this.add(word);
  }

  add(word: string): void {
    if (word.length > maxLength || !isAscii(word)) return;
    if (this.#characters > maxCharacters) {
      this.#words.fill(undefined);
      this.#characters = 0;
    }
    const at = findSlot(word.length, word.charCodeAt(word.length >> 1));
    this.#characters += word.length - (this.#words[at]?.length ?? 0);
    this.#words[at] = word;
  }

  /** The cached text of these bytes; undefined if there is none. */
  find(bytes: Buffer, start: number, end: number): string | undefined {
    const length = end - start;
    const word = this.#words[findSlot(length, bytes[start + (length >> 1)] ?? 0)];
    if (word === undefined || word.length !== length) return undefined;
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== word.charCodeAt(at)) return undefined;
    return word;
  }
}

function findSlot(length: number, middle: number): number {
  return (length & (lengths - 1)) * slotsOfLength + (middle & (slotsOfLength - 1));
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

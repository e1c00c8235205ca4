import { stripVTControlCharacters } from 'node:util';
import { maxTestOutputCharacters } from '@snoop/snoopdb';

const endMark = '\n… The test printed more, which is not kept.\n';

/** Limits what each test printed, so that it can be kept with the run. */
export class PrintedOutput {
  readonly #room = new Map<string, number>();

  /** Returns the part of a test's next output that fits, as plain text; empty: nothing fits. */
  cut(test: string, content: string): string {
    const room = this.#room.get(test) ?? maxTestOutputCharacters;
    if (room === 0) return '';
    const text = stripVTControlCharacters(content);
    this.#room.set(test, Math.max(0, room - text.length));
    return text.length <= room ? text : text.slice(0, room) + endMark;
  }
}

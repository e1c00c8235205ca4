import { type LoadInput, openLogArchive, recognizeTar } from '@snoop/snoopdb';
import { type BegunInput, beginInput } from './bounded-input.ts';
import type { ReadOptions } from './options.ts';

/** A log whose beginning is known. */
export interface BegunLog extends BegunInput {
  readonly name: string;
  /** Bytes of all inputs so far, before unpacking. */
  rawBytesRead(): number;
}

/**
 * Begins one log after another, also those in tar archives.
 *
 * @param first the first of the inputs, begun
 * @param found receives the names of truncated archives, and how many of their files are left out
 * @throws SnoopDbError `unreadable_input`; the signal's reason when it is aborted
 */
export async function* beginLogs(
  inputs: readonly LoadInput[],
  first: BegunInput,
  { signal, limits }: Pick<ReadOptions, 'signal' | 'limits'>,
  found: { readonly cut: string[]; others: number },
): AsyncGenerator<BegunLog, void, undefined> {
  let readBefore = 0;
  const rest = inputs.slice(1);
  for (let begun: BegunInput | null = first; begun !== null; ) {
    const { input, head } = begun;
    const before = readBefore;
    const rawBytesRead = (): number => before + input.rawBytesRead();
    if (recognizeTar(head) === true) {
      const archive = openLogArchive(input, { signal });
      for await (const log of archive.files) {
        yield { ...(await beginInput(log, signal, limits)), name: log.name, rawBytesRead };
      }
      found.others += archive.others;
      const isNamed = found.cut.some((name) => name.startsWith(`${input.name}/`));
      if (archive.isCut && !isNamed) found.cut.push(input.name);
    } else yield { ...begun, name: input.name, rawBytesRead };
    readBefore = rawBytesRead();
    const next = rest.shift();
    begun = next === undefined ? null : await beginInput(next, signal, limits);
  }
}

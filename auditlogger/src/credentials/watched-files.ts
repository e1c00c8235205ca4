import { readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toError } from '@snoop/snoopdb';

/** Reading a few kilobytes: file events would not tell of a swapped link, nor of anything on some network disks. */
const lookEveryMs = 1000;
/** What was just written is read again: half a token is a token, too. */
const settleMs = 200;

export interface NamedFile {
  /** The flag that named it, for sentences. */
  readonly flag: string;
  readonly path: string;
}

export interface WatchedFiles<T> {
  /** What the files mean now. */
  readonly value: T;
  close(): void;
}

/**
 * Reads files that belong together, and again whenever one of them changes.
 * @param options.parse makes something of their contents, or throws: then what was there before stays
 * @param options.onChange is told what they mean from now on
 * @param options.onTrouble is told once why a change was not taken
 * @throws Error with a sentence when they cannot be read now, and what `parse` throws
 */
export async function watchFiles<T>(
  files: readonly NamedFile[],
  options: {
    readonly parse: (contents: readonly Buffer[]) => T;
    readonly onChange: (value: T) => void;
    readonly onTrouble: (error: Error) => void;
  },
): Promise<WatchedFiles<T>> {
  let contents = await readAll(files);
  let value = options.parse(contents);
  const closing = new AbortController();
  let trouble: string | null = null;

  const complain = (error: Error): void => {
    if (error.message !== trouble) options.onTrouble(error);
    trouble = error.message;
  };

  async function look(): Promise<void> {
    const seen = await readAll(files);
    if (isSame(seen, contents)) {
      trouble = null;
      return;
    }
    await wait(settleMs, undefined, { ref: false, signal: closing.signal });
    const settled = await readAll(files);
    if (!isSame(seen, settled)) return;
    const changed = options.parse(settled);
    contents = settled;
    value = changed;
    trouble = null;
    options.onChange(changed);
  }

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await wait(lookEveryMs, undefined, { ref: false, signal: closing.signal });
        await look();
      } catch (error) {
        if (!closing.signal.aborted) complain(toError(error));
      }
    }
  }

  void keepLooking();
  return {
    get value() {
      return value;
    },
    close: () => closing.abort(),
  };
}

/** One after the other, so that of several that cannot be read it is always the first that is named. */
async function readAll(files: readonly NamedFile[]): Promise<Buffer[]> {
  const contents: Buffer[] = [];
  for (const file of files) contents.push(await readOne(file));
  return contents;
}

async function readOne({ flag, path }: NamedFile): Promise<Buffer> {
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
    if (isFile) return await readFile(path);
  } catch (cause) {
    throw new Error(`${flag} ${path} cannot be read: ${explain(cause)}.`, { cause });
  }
  throw new Error(`${flag} ${path} is no file.`);
}

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return toError(error).message;
}

function isSame(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.every((one, index) => one.equals(others[index] ?? Buffer.alloc(0)));
}

import { readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toError } from '@snoop/snoopdb';

/** Polling: file events miss swapped symlinks and some network file systems. */
const pollMs = 1000;
/** A changed file is read again after this time: it may be half written. */
const settleMs = 200;

export interface NamedFile {
  /** The flag that names it, for messages. */
  readonly flag: string;
  readonly path: string;
}

export interface WatchedFiles<T> {
  /** The current parsed value. */
  readonly value: T;
  close(): void;
}

/**
 * Reads files that belong together, and again whenever one of them changes.
 * @param options.parse parses their contents; when it throws, the previous value stays
 * @param options.onChange called with each new value
 * @param options.onProblem called once per reason why a change cannot be used
 * @throws Error when the files cannot be read now, and the errors of `parse`
 */
export async function watchFiles<T>(
  files: readonly NamedFile[],
  options: {
    readonly parse: (contents: readonly Buffer[]) => T;
    readonly onChange: (value: T) => void;
    readonly onProblem: (error: Error) => void;
  },
): Promise<WatchedFiles<T>> {
  let contents = await readAll(files);
  let value = options.parse(contents);
  const closing = new AbortController();
  let problem: string | null = null;

  const report = (error: Error): void => {
    if (error.message !== problem) options.onProblem(error);
    problem = error.message;
  };

  async function poll(): Promise<void> {
    const seen = await readAll(files);
    if (isSame(seen, contents)) {
      problem = null;
      return;
    }
    await wait(settleMs, undefined, { ref: false, signal: closing.signal });
    const settled = await readAll(files);
    if (!isSame(seen, settled)) return;
    const changed = options.parse(settled);
    contents = settled;
    value = changed;
    problem = null;
    options.onChange(changed);
  }

  async function pollUntilClosed(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await wait(pollMs, undefined, { ref: false, signal: closing.signal });
        await poll();
      } catch (error) {
        if (!closing.signal.aborted) report(toError(error));
      }
    }
  }

  void pollUntilClosed();
  return {
    get value() {
      return value;
    },
    close: () => closing.abort(),
  };
}

/** One after another, so that the error always names the first unreadable file. */
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
  throw new Error(`${flag} ${path} is not a file.`);
}

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return toError(error).message;
}

function isSame(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.every((one, index) => one.equals(others[index] ?? Buffer.alloc(0)));
}

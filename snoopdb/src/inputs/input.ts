import { opendir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SnoopDbError } from '../errors.ts';
import { openNamedFile } from './named-file.ts';
import { stdinName } from './encoding.ts';
import { createIdleTimeout } from './idle-timeout.ts';
import { createInput, createReadError, type LoadInput } from './load-input.ts';

export type { LoadInput };

export interface FindOptions {
  /** Base of relative names. */
  cwd: string;
  stdin: NodeJS.ReadableStream;
  /** Which files of a directory are read, for example `['.json']`, also with `.gz`; default: all. */
  extensions?: readonly string[];
  /** The command that reads such an input from standard input, for advice: `snoop resolve -`. */
  pipedTo?: string;
  /** Of a directory, with those below it; default: 100,000. */
  maxEntries?: number;
}

/**
 * Finds the inputs of an argument: a file, a directory (its files, recursively, by name), an http or https URL, or `-`
 * for standard input.
 * @throws SnoopDbError `unreadable_input` if it does not exist, or a directory has no file or too many
 */
export async function findInputs(what: string, options: FindOptions): Promise<LoadInput[]> {
  if (what === '-') return [createInput(stdinName, options, null, false, () => ({ stream: options.stdin }))];
  if (/^https?:\/\//i.test(what)) return [createUrlInput(what, options)];
  const path = resolve(options.cwd, what);
  const found = await stat(path).catch((cause: unknown) => {
    throw createReadError(what, cause);
  });
  if (!found.isDirectory()) return [createFileInput(what, path, found.isFile() ? found.size : null, options)];
  const inputs: LoadInput[] = [];
  for (const name of await listFiles(path, what, options.maxEntries)) {
    if (!hasExtension(name, options.extensions)) continue;
    const file = join(path, name);
    const { size } = await stat(file).catch((cause: unknown) => {
      throw createReadError(join(what, name), cause);
    });
    inputs.push(createFileInput(join(what, name), file, size, options));
  }
  if (inputs.length === 0) {
    const wanted = options.extensions ? ` whose name ends in ${options.extensions.join(', ')} (or with .gz)` : '';
    throw new SnoopDbError('unreadable_input', `${what} has no file${wanted}. Name files, or another directory.`);
  }
  return inputs;
}

/**
 * Reads a whole document.
 * @param options.maxBytes limit while unpacking, so that a small gzip file cannot fill the memory
 * @throws SnoopDbError `unreadable_input`
 */
export async function readInput(
  input: LoadInput,
  options: { maxBytes: number; signal?: AbortSignal },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input.open(options.signal)) {
    bytes += chunk.length;
    if (bytes > options.maxBytes) {
      throw new SnoopDbError(
        'unreadable_input',
        `${input.name} is larger than ${options.maxBytes} bytes unpacked, which is the limit for such a document.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function createFileInput(name: string, path: string, bytes: number | null, options: FindOptions): LoadInput {
  return createInput(name, options, bytes, bytes !== null, async () => ({ stream: await openNamedFile(path) }));
}

function createUrlInput(given: string, options: FindOptions): LoadInput {
  const url = new URL(given);
  const { username, password } = url;
  const headers: Record<string, string> = {};
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  // Names are printed and stored, and a query may contain a signature.
  return createInput(`${url.origin}${url.pathname}`, options, null, true, async (signal) => {
    const idleTimeout = createIdleTimeout(signal);
    const answer = await idleTimeout.wait(fetch(url, { headers, signal: idleTimeout.signal }));
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      throw new Error(`the server answered ${answer.status} ${answer.statusText}`.trim());
    }
    const length = answer.headers.get('content-length');
    // fetch unpacks the transport's encoding, so the length is of other bytes.
    const isPlain = (answer.headers.get('content-encoding') ?? 'identity') === 'identity';
    return { stream: idleTimeout.read(answer.body), bytes: isPlain && length !== null ? Number(length) : null };
  });
}

/** Not Node's recursive readdir, which follows links to folders since version 26. */
async function listFiles(path: string, name: string, maxEntries = 100_000): Promise<string[]> {
  const names: string[] = [];
  const folders = [''];
  let entries = 0;
  try {
    for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
      for await (const entry of await opendir(join(path, below))) {
        entries += 1;
        if (entries > maxEntries) throw new Error(`it has more than ${maxEntries.toLocaleString('en-US')} files`);
        const file = join(below, entry.name);
        if (entry.isDirectory()) folders.push(file);
        // Links to files count; links to directories could form a loop.
        else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(join(path, file))))) names.push(file);
      }
    }
    return names.sort();
  } catch (cause) {
    throw createReadError(name, cause);
  }
}

async function isLinkToFile(link: string): Promise<boolean> {
  return stat(link).then(
    (found) => found.isFile(),
    () => false,
  );
}

function hasExtension(name: string, extensions: readonly string[] | undefined): boolean {
  return !extensions || extensions.some((extension) => name.endsWith(extension) || name.endsWith(`${extension}.gz`));
}

import { access, constants, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  explainSystemError,
  findInputs,
  findReleaseInName,
  isSystemError,
  requireRelease,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { escapeControlCharacters } from '../output/control-characters.ts';
import type { LoadKind, LoadRequest } from './request.ts';

/** The files of a directory to load. */
const extensions: Readonly<Partial<Record<LoadKind, readonly string[]>>> = {
  openapi: ['.json'],
  coverage: ['.json'],
  conformance: ['.yaml', '.yml', '.json'],
  ineligible: ['.yaml', '.yml', '.json'],
  pending: ['.yaml', '.yml', '.json'],
  releases: ['.yaml', '.yml', '.json'],
};

/** Lists may be empty. A load accepts only one, since a second one would replace it. */
const lists: readonly LoadKind[] = ['conformance', 'ineligible', 'pending', 'releases'];

/**
 * Finds all named inputs of documents.
 *
 * @throws SnoopError with exit code 2 if one is missing or unreadable; suggests a file with a similar name
 */
export async function findAll({ kind, names, flags }: LoadRequest, context: Context): Promise<LoadInput[]> {
  const inputs: LoadInput[] = [];
  const wanted = flags.url === undefined ? names : [flags.url];
  if (wanted.filter((name) => name === '-').length > 1) throw wrongUse('Standard input can be read only once.');
  for (const name of wanted) inputs.push(...(await find(kind, name, context.cwd, formatPipe(kind, name, flags))));
  const isOne = lists.includes(kind) || flags.release !== undefined;
  if (inputs.length > 1 && isOne) {
    const why = lists.includes(kind) ? `snoop load ${kind} takes one list` : '--release is for one document';
    throw wrongUse(`${why}, not ${inputs.length}.`, `snoop load ${kind} ${inputs[0]?.name ?? ''}`);
  }
  return inputs;
}

/** Formats the same load from standard input, which needs --release. */
export function formatPipe(kind: LoadKind, name: string, { url, release }: LoadRequest['flags']): string {
  const named = kind === 'openapi' || kind === 'audit' ? findReleaseInName(name) : null;
  const wanted = release ?? named;
  const options = wanted === null ? '' : ` --release ${wanted}`;
  return `snoop load ${kind}${options} ${url === undefined ? '-' : '--url -'}`;
}

/**
 * Checks that there is something to load.
 *
 * @throws SnoopError `unreadable_input` if all inputs are empty; SnoopDbError `unreadable_input`, `bad_release`
 */
export async function requireContent(
  { kind, flags }: LoadRequest,
  inputs: readonly LoadInput[],
  signal: AbortSignal,
): Promise<void> {
  if (kind === 'openapi') {
    for (const { name } of inputs) requireRelease(name, flags.release);
  }
  // Some rotated logs may be empty; documents are loaded up to the first empty one.
  const checked = kind === 'audit' ? inputs : inputs.slice(0, 1);
  const found: string[] = [];
  for (const input of checked) {
    const content = await input.peek(signal);
    if (content === 'something' || content === 'archive' || lists.includes(kind)) return;
    found.push(content);
  }
  const [first] = checked;
  if (first === undefined) return;
  const what = found.includes('cut off') ? 'is truncated before any content' : 'is empty';
  const others = checked.length > 1 ? ', and so are all other inputs' : '';
  throw new SnoopError(
    'unreadable_input',
    `${escapeControlCharacters(first.name)} ${what}${others}: there is nothing to load.`,
  );
}

/**
 * Finds the inputs of one name.
 *
 * @param select those to use
 * @throws SnoopError like {@link findAll}
 */
export async function find(
  kind: LoadKind,
  name: string,
  cwd: string,
  pipedTo: string,
  select: (inputs: LoadInput[]) => LoadInput[] = (inputs) => inputs,
): Promise<LoadInput[]> {
  const only = extensions[kind];
  try {
    const all = await findInputs(name, { cwd, stdin: process.stdin, pipedTo, ...(only && { extensions: only }) });
    const found = select(all);
    if (name !== '-' && !/^https?:\/\//i.test(name)) await refuseUnreadable(found, cwd);
    return found;
  } catch (error) {
    if (!(error instanceof SnoopDbError)) throw error;
    const isMissing = isSystemError(error.cause, 'ENOENT') || isSystemError(error.cause, 'ENOTDIR');
    throw new SnoopError(
      'unreadable_input',
      isMissing ? `There is no file ${resolve(cwd, name)}.` : escapeControlCharacters(error.message),
      {
        exitCode: 2,
        advice: isMissing ? await suggest(kind, name, cwd) : [],
        cause: error,
      },
    );
  }
}

async function refuseUnreadable(inputs: readonly LoadInput[], cwd: string): Promise<void> {
  for (const { name } of inputs) {
    await access(resolve(cwd, name), constants.R_OK).catch((cause: unknown) => {
      throw wrongUse(`${name} cannot be read: ${explainSystemError(cause)}.`);
    });
  }
}

/** Suggests the URL with its scheme, or the file with the nearest name. */
async function suggest(kind: LoadKind, name: string, cwd: string): Promise<string[]> {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|dev|io|net|org)\//i.test(name))
    return [didYouMean([`snoop load ${kind} https://${name}`])];
  const folder = dirname(resolve(cwd, name));
  const files = await readdir(folder).catch(() => []);
  const [nearest] = findNearest(basename(name), files, 1);
  if (nearest === undefined) return [];
  return [didYouMean([`snoop load ${kind} ${relative(cwd, join(folder, nearest)) || nearest}`])];
}

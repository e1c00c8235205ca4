import { access, constants, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { explainSystemError, findInputs, isSystemError, SnoopDbError } from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { findNearest } from '@snoop/snoopdb/command-line';
import { escapeControlCharacters } from '../output/control-characters.ts';
import type { LoadKind, LoadRequest } from './request.ts';

/** Which files of a directory are meant. */
const extensions: Readonly<Partial<Record<LoadKind, readonly string[]>>> = {
  openapi: ['.json'],
  coverage: ['.json'],
  conformance: ['.yaml', '.yml', '.json'],
  ineligible: ['.yaml', '.yml', '.json'],
  pending: ['.yaml', '.yml', '.json'],
  releases: ['.yaml', '.yml', '.json'],
};

/** Of these, a second one for the same release would put away the first. */
const oneAtATime: readonly LoadKind[] = ['conformance', 'ineligible', 'pending', 'releases'];

/**
 * All that was named, each there and readable.
 *
 * @throws SnoopError with exit code 2, with the nearest file
 */
export async function findAll({ kind, names, flags }: LoadRequest, context: Context): Promise<LoadInput[]> {
  const inputs: LoadInput[] = [];
  const wanted = flags.url === undefined ? names : [flags.url];
  if (wanted.filter((name) => name === '-').length > 1) throw wrongUse('Standard input can be read once.');
  for (const name of wanted) inputs.push(...(await find(kind, name, context.cwd)));
  const isOne = oneAtATime.includes(kind) || (flags.release !== undefined && kind !== 'audit');
  if (inputs.length > 1 && isOne) {
    const why = oneAtATime.includes(kind) ? `snoop load ${kind} takes one list` : '--release speaks of one document';
    throw wrongUse(`${why}, not ${inputs.length}.`, `snoop load ${kind} ${inputs[0]?.name ?? ''}`);
  }
  return inputs;
}

async function find(kind: LoadKind, name: string, cwd: string): Promise<LoadInput[]> {
  const only = extensions[kind];
  try {
    const found = await findInputs(name, { cwd, stdin: process.stdin, ...(only && { extensions: only }) });
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

/** The file that is there with the nearest name; a URL without its scheme is said as such. */
async function suggest(kind: LoadKind, name: string, cwd: string): Promise<string[]> {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|dev|io|net|org)\//i.test(name))
    return [`Did you mean 'snoop load ${kind} https://${name}'?`];
  const folder = dirname(resolve(cwd, name));
  const there = await readdir(folder).catch(() => []);
  const [nearest] = findNearest(basename(name), there, 1);
  if (nearest === undefined) return [];
  return [`Did you mean 'snoop load ${kind} ${relative(cwd, join(folder, nearest)) || nearest}'?`];
}

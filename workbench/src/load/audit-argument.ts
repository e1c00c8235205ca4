import { basename, resolve } from 'node:path';
import { normalizeRelease, selectAuditLogs } from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import { findFileOfRun } from '../audit-run/folder/file-of-run.ts';
import { eventsFileName, joinReasons, type RunFile, readRunFile } from '../audit-run/folder/run-file.ts';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { find, formatPipe } from './inputs.ts';
import type { LoadRequest } from './request.ts';

/** What one argument of `snoop load audit` names: the audit logs of one test run. */
export interface AuditArgument {
  readonly name: string;
  /** Logs, or archives of logs. */
  readonly inputs: readonly LoadInput[];
  /** Files of a directory that are left out, since their names are not of audit logs. */
  readonly others: number;
  /** The source of all its events; null: the name of each input. */
  readonly source: string | null;
  /** As the run itself states it; null: it does not. */
  readonly release: string | null;
  /** Why it is only a part of its run, as a sentence; null: it is whole, or unknown. */
  readonly incomplete: string | null;
}

/**
 * Finds the audit logs that arguments name.
 *
 * @throws SnoopError with exit code 2 if one is missing or unreadable; `partial_run`, `bad_run_folder`
 */
export async function findAuditArguments(request: LoadRequest, context: Context): Promise<AuditArgument[]> {
  const { names } = request;
  if (names.filter((name) => name === '-').length > 1) throw wrongUse('Standard input can be read only once.');
  const found: AuditArgument[] = [];
  for (const name of names) {
    found.push((await findRun(name, request, context)) ?? (await findLogs(name, request, context)));
  }
  return found;
}

/** Finds the events of a folder that `snoop audit-run` wrote; null: it is another argument. */
async function findRun(name: string, request: LoadRequest, { cwd }: Context): Promise<AuditArgument | null> {
  const { partial } = request.flags;
  const path = await findFileOfRun(name, eventsFileName, { cwd, partial });
  if (path === null) return null;
  const run = readRunFile(resolve(cwd, name), { partial });
  return {
    name,
    inputs: await find(request.kind, path, cwd, formatPipe(request.kind, name, request.flags)),
    others: 0,
    source: nameSource(run),
    release: normalizeRelease(run.document ?? run.cluster.version),
    incomplete: run.complete ? null : `The audit run ${run.id} is incomplete: ${joinReasons(run.reasons)}`,
  };
}

/** Events of a run stay apart from what its cluster sends to SnoopDB under its own source. */
function nameSource({ id, cluster }: RunFile): string {
  return [...cluster.sources, id].join(' ');
}

async function findLogs(name: string, request: LoadRequest, { cwd }: Context): Promise<AuditArgument> {
  const { kind, flags } = request;
  let others = 0;
  const inputs = await find(kind, name, cwd, formatPipe(kind, name, flags), (all) => {
    const selected = selectAuditLogs(all);
    others = selected.others;
    return selected.logs;
  });
  const isDirectory = name !== '-' && !/^https?:\/\//i.test(name) && inputs.some((input) => input.name !== name);
  if (isDirectory) refuseDraft(name, request);
  return {
    name,
    inputs,
    others,
    source: isDirectory ? nameDirectory(name, cwd) : null,
    release: null,
    incomplete: null,
  };
}

/** `snoop audit-run` gives its folder the final name when it is whole. */
function refuseDraft(name: string, { flags }: LoadRequest): void {
  if (flags.partial || !trimSlashes(name).endsWith('.part')) return;
  throw new SnoopError('partial_run', `The audit run in ${name} did not end.`, {
    advice: ['Use --partial to use it all the same.'],
  });
}

function nameDirectory(name: string, cwd: string): string {
  const path = trimSlashes(name);
  return ['.', '..'].includes(basename(path)) ? basename(resolve(cwd, name)) : path;
}

function trimSlashes(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

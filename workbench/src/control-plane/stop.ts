import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { acquireEmbeddedServer, inspectEmbeddedServer, isLockFile, purgeEmbeddedServer } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { stateFolderName } from '../find-project.ts';
import { hasOwnIgnoreFile, isStateEntry, isStateDraft, stateEntryNames } from '../state-folder.ts';
import { removeExec } from './exec-programs.ts';
import { createLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import { findLiving, stopProcesses } from './leftovers.ts';
import { withStateLock } from './state-lock.ts';
import { isForeignState, readState, writeState } from './state.ts';

export interface StopOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** Removes the cluster, the database, the runs and the logs too. */
  readonly purge: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Stopped {
  /** Whether anything ran. */
  readonly ran: boolean;
  /** Whether data were removed; false without `purge`. */
  readonly purged: boolean;
}

/** Stops the state folder's control plane, or the parts left by a killed one. Data are removed only with `purge`. */
export async function stopControlPlane(options: StopOptions): Promise<Stopped> {
  const { folder, purge, progress } = options;
  const layout = createLayout(folder);
  if (!existsSync(folder)) return { ran: false, purged: false };
  return withStateLock('snoop down', options, async () => {
    const ran = await progress.step('Stopping the control plane', () => stopAll(layout, purge, progress));
    if (!purge) return { ran, purged: false };
    const purged = await progress.step('Removing its data', () => purgeState(layout));
    return { ran, purged };
  });
}

async function stopAll(layout: Layout, purge: boolean, progress: Progress): Promise<boolean> {
  const state = purge ? tryReadState(layout) : readState(layout);
  // A killed command may have left its database: stop it unless it is used.
  if (!state) return stopUnusedDatabase(layout);
  const { supervisor, parts } = findLiving(state);
  if (!supervisor && parts.length === 0) {
    if (state.nodes?.exec) await removeExec(state.nodes.exec);
    return stopUnusedDatabase(layout);
  }
  await stopProcesses(layout, state, progress);
  // A killed supervisor did not release SnoopDB; acquire and release it.
  if (parts.some(({ name }) => name === 'snoopdb')) await stopUnusedDatabase(layout);
  const rest = tryReadState(layout) ?? state;
  writeState(layout, { ...rest, phase: 'stopped', supervisor: null, parts: {}, ready: null });
  return true;
}

/** Purging must also work for an unreadable state. */
function tryReadState(layout: Layout): ReturnType<typeof readState> {
  try {
    return readState(layout);
  } catch {
    return null;
  }
}

/** @returns whether one was running */
async function stopUnusedDatabase(layout: Layout): Promise<boolean> {
  const found = await inspectEmbeddedServer(layout.snoopdb);
  if (!found?.running || found.users.length > 0) return false;
  const server = await acquireEmbeddedServer({ folder: layout.snoopdb, user: 'snoop down' });
  await server.release();
  return true;
}

/** Removes the entries of a state folder, and the folder if nothing else is in it; the lock goes last. */
async function purgeState(layout: Layout): Promise<boolean> {
  const names = await readdir(layout.folder);
  const known = stateEntryNames.filter((name) => names.includes(name));
  if (known.length > 0 && !(await isState(layout, names))) {
    throw new SnoopError('no_state', `${layout.folder} is not a state folder of snoop; nothing was removed.`, {
      exitCode: 2,
      advice: ["A state folder has a state.json. 'snoop status --state DIR' shows its content."],
    });
  }
  await remove(layout, known);
  return known.length > 0;
}

/**
 * Removes what an interrupted first start created; called under the folder's lock, after all processes have ended.
 *
 * @param before what the folder contained before; null: it did not exist
 */
export async function removeUnfinished(layout: Layout, before: readonly string[] | null): Promise<void> {
  await remove(
    layout,
    stateEntryNames.filter((name) => before?.includes(name) !== true),
    before === null,
  );
}

async function remove(layout: Layout, names: readonly string[], folderToo = true): Promise<void> {
  if (names.includes('snoopdb')) await purgeEmbeddedServer(layout.snoopdb);
  for (const name of names) await rm(join(layout.folder, name), { recursive: true, force: true });
  const left = await readdir(layout.folder);
  // Keep the .gitignore while parts of the state remain.
  if (!left.some((name) => isStateEntry(name) && !isLockFile(name)) && hasOwnIgnoreFile(layout.folder)) {
    await rm(join(layout.folder, '.gitignore'), { force: true });
  }
  for (const name of left) {
    if (isLockFile(name) || isStateDraft(name)) await rm(join(layout.folder, name), { force: true });
  }
  if (!folderToo) return;
  await rmdir(layout.folder).catch(() => {
    // It contains other files.
  });
}

/** Whether snoop wrote the folder: names such as logs or etcd are common. */
async function isState(layout: Layout, names: readonly string[]): Promise<boolean> {
  if (basename(layout.folder).startsWith(stateFolderName)) return true;
  if (names.includes('state.json') && !isForeignState(layout)) return true;
  if (names.some(isStateDraft)) return true;
  if (existsSync(join(layout.snoopdb, 'server.json'))) return true;
  // The rest of an ended session.
  if (names.includes('pair') && (await readdir(join(layout.folder, 'pair'))).every(isLockFile)) return true;
  const runs = names.includes('runs') ? await readdir(join(layout.folder, 'runs')) : [];
  return runs.some((run) => existsSync(join(layout.folder, 'runs', run, 'run.json')));
}

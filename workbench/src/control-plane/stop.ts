import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireEmbeddedServer, inspectEmbeddedServer, isLockFile, purgeEmbeddedServer } from '@snoop/snoopdb';
import type { Progress } from '../progress.ts';
import { knownNames, layOut } from './layout.ts';
import type { Layout } from './layout.ts';
import { findLiving, stopProcesses } from './leftovers.ts';
import { withStateLock } from './state-lock.ts';
import { readState, writeState } from './state.ts';

export interface StopOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** Forgets the cluster, the database, the runs and the logs too. */
  readonly purge: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Stopped {
  /** Whether anything ran. */
  readonly ran: boolean;
  /** Whether there was something to forget; false without `purge`. */
  readonly purged: boolean;
}

/** Stops the state folder's control plane, or what a killed one left. Its data stay, unless `purge` forgets them. */
export async function stopControlPlane(options: StopOptions): Promise<Stopped> {
  const { folder, purge, progress } = options;
  const layout = layOut(folder);
  if (!existsSync(folder)) return { ran: false, purged: false };
  return withStateLock('snoop down', options, async () => {
    const ran = await progress.step('Stopping the control plane', () => stopAll(layout, purge, progress));
    if (!purge) return { ran, purged: false };
    const purged = await progress.step('Forgetting its data', () => forget(layout));
    return { ran, purged };
  });
}

async function stopAll(layout: Layout, purge: boolean, progress: Progress): Promise<boolean> {
  const state = purge ? tryReadState(layout) : readState(layout);
  if (!state) return false;
  const { supervisor, parts } = findLiving(state);
  if (!supervisor && parts.length === 0) return false;
  await stopProcesses(layout, state, progress);
  // A killed supervisor did not give SnoopDB back; coming and going as its user does.
  if (parts.some(({ name }) => name === 'snoopdb')) await stopForgottenDatabase(layout);
  const rest = tryReadState(layout) ?? state;
  writeState(layout, { ...rest, phase: 'stopped', supervisor: null, parts: {}, ready: null });
  return true;
}

/** Purging is the way out of a state that cannot be read. */
function tryReadState(layout: Layout): ReturnType<typeof readState> {
  try {
    return readState(layout);
  } catch {
    return null;
  }
}

async function stopForgottenDatabase(layout: Layout): Promise<void> {
  const found = await inspectEmbeddedServer(layout.snoopdb);
  if (!found?.running || found.users.length > 0) return;
  const server = await acquireEmbeddedServer({ folder: layout.snoopdb, user: 'snoop down' });
  await server.release();
}

/** Removes what a state folder may hold, and the folder when nothing else is in it; the lock goes last. */
async function forget(layout: Layout): Promise<boolean> {
  const names = await readdir(layout.folder);
  const known = knownNames.filter((name) => names.includes(name));
  if (known.includes('snoopdb')) await purgeEmbeddedServer(layout.snoopdb);
  for (const name of known) await rm(join(layout.folder, name), { recursive: true, force: true });
  for (const name of await readdir(layout.folder)) {
    if (isLockFile(name) || isDraft(name)) await rm(join(layout.folder, name), { force: true });
  }
  await rmdir(layout.folder).catch(() => {
    // Something of somebody else's is in it.
  });
  return known.length > 0;
}

/** What a process left that was killed while it wrote one of the files. */
function isDraft(name: string): boolean {
  return name.endsWith('.draft') && knownNames.some((known) => name.startsWith(`${known}.`));
}

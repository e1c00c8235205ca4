import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readKindState } from '../../src/kind/state.ts';
import type { KindState } from '../../src/kind/state.ts';
import { launchSnoop } from '../control-plane/support.ts';
import type { Ended, Snoop } from '../control-plane/support.ts';

const standIns = fileURLToPath(new URL('./stand-ins.mjs', import.meta.url));

/** The behaviour of the stand-ins for docker and kind. */
export interface World {
  /** The output of `docker version`; null: the engine does not answer, for the reason in `dockerSays`. */
  engine: string | null;
  dockerSays: string;
  kindVersion: string;
  images: Record<string, { id: string; cpu: string; release: string | null }>;
  containers: { id: string; name: string; cluster: string; role: string; running: boolean; created: string }[];
  /** Created by another program while the images are built. */
  buildMeets: World['containers'];
  /** `kind create` hangs after it created the containers. */
  createHangs: boolean;
  /** `kind create` creates the containers, prints this and fails; null: it succeeds. */
  createSays: string | null;
  /** The running `kind create`. */
  creator: number | null;
  /** SnoopDB's data on each node; null: not created yet. */
  password: string | null;
  /** Where each node's SnoopDB is. */
  database: { host: string; port: number } | null;
}

export interface Place {
  /** The test's folder. */
  readonly folder: string;
  /** A state folder that does not exist yet. */
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
  read(): World;
  change(change: Partial<World>): void;
  /** Removes a program from the PATH. */
  forget(program: string): void;
  readState(): KindState | null;
  snoop(...args: string[]): Promise<Ended>;
  start(...args: string[]): Snoop;
}

/** A node of a foreign cluster. */
export const foreign = {
  id: 'f1',
  name: 'snoop-control-plane',
  cluster: 'snoop',
  role: 'control-plane',
  running: true,
  created: '2020-01-01T00:00:00Z',
};

const nodeImage = { id: 'sha256:1', cpu: 'amd64', release: 'v1.36.3' };

/**
 * Creates a machine with only stand-ins for other programs on its PATH.
 *
 * @param programs the stand-ins
 */
export function makePlace(
  change: Partial<World> = {},
  programs: readonly string[] = ['docker', 'kind', 'kubectl'],
): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'snoop-kind-')));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of programs) {
    const file = join(bin, name);
    writeFileSync(
      file,
      `#!${process.execPath}\nimport(${JSON.stringify(standIns)}).then(({ act }) => act(${JSON.stringify(name)}, ${JSON.stringify(folder)}));\n`,
    );
    chmodSync(file, 0o755);
  }
  const file = join(folder, 'world.json');
  const read = (): World => JSON.parse(readFileSync(file, 'utf8'));
  const write = (world: World): void => writeFileSync(file, JSON.stringify(world));
  write({
    engine: 'linux/amd64',
    dockerSays: '',
    kindVersion: '0.33.0',
    images: { 'node:made-here': nodeImage },
    containers: [],
    buildMeets: [],
    createHangs: false,
    createSays: null,
    creator: null,
    password: null,
    database: null,
    ...change,
  });
  const state = join(folder, 'state');
  const env = { PATH: bin, HOME: folder, SNOOP_KIND_IMAGE: 'node:made-here', NO_COLOR: '1' };
  const start = (...args: string[]): Snoop => {
    const started = launchSnoop(args, state, env);
    onTestFinished(() => started.signal('SIGKILL'));
    return started;
  };
  onTestFinished(() => {
    const { creator } = read();
    try {
      if (creator !== null) process.kill(creator, 'SIGKILL');
    } catch {
      // It has ended, as expected.
    }
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    state,
    env,
    read,
    change: (next) => write({ ...read(), ...next }),
    forget: (name) => rmSync(join(bin, name)),
    readState: () => readKindState(state),
    start,
    snoop: (...args) => start(...args).ended,
  };
}

/** Whether a process with this id runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

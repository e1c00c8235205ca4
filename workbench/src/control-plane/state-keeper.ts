import { toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Ports } from './ports.ts';
import type { Programs } from './programs/find-programs.ts';
import { readState, writeState } from './state.ts';
import type { State } from './state.ts';

const watchMs = 2000;

/** A supervisor's access to its state; while it lives, no other process writes it. */
export interface StateKeeper {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly programs: Programs;
  read(): State;
  /** Writes the change at once. */
  update(change: Partial<State>): void;
  /** Whether the folder still has this supervisor's state; if not, `lost` is called. */
  check(): boolean;
  close(): void;
}

/**
 * Opens the state that `up` has prepared for this process.
 *
 * @param lost called when the state is gone or cannot be written: a process that cannot be found again must stop
 * @throws SnoopError `not_for_people` when the state was not prepared
 */
export function openStateKeeper(folder: string, lost: (reason: SnoopError) => void): StateKeeper {
  const layout = createLayout(folder);
  const prepared = readState(layout);
  if (!prepared?.ports || !prepared.programs || prepared.supervisor?.pid !== process.pid) {
    const message = "Only 'snoop up' may call this: it prepares the state folder.";
    throw new SnoopError('not_for_people', message, { exitCode: 2 });
  }
  let state: State = prepared;
  // A removed folder may belong to another control plane by now, whose state must not be overwritten.
  const check = (): boolean => {
    const ours = isOwnState(layout);
    if (!ours) lost(new SnoopError('state_gone', `${layout.state} does not belong to this supervisor any more.`));
    return ours;
  };
  const watch = setInterval(check, watchMs);
  return {
    layout,
    ports: prepared.ports,
    programs: prepared.programs,
    read: () => state,
    update(change) {
      const written = { ...state, ...change };
      try {
        if (check()) writeState(layout, written);
      } catch (cause) {
        lost(new SnoopError('state_gone', `${layout.state} cannot be written: ${toError(cause).message}`, { cause }));
      }
      state = written;
    },
    check,
    close: () => clearInterval(watch),
  };
}

function isOwnState(layout: Layout): boolean {
  try {
    return readState(layout)?.supervisor?.pid === process.pid;
  } catch {
    return false;
  }
}

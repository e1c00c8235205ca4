import { toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Ports } from './ports.ts';
import type { Programs } from './programs/find-programs.ts';
import { readState, writeState } from './state.ts';
import type { State } from './state.ts';

const watchMs = 2000;

/** A supervisor's hold on its state: as long as it lives, nobody else writes it. */
export interface StateKeeper {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly programs: Programs;
  read(): State;
  /** Writes the change at once. */
  update(change: Partial<State>): void;
  /** Whether the folder still holds this supervisor's state; when it does not, that is told as lost. */
  check(): boolean;
  close(): void;
}

/**
 * Takes over a state that `up` has prepared for this process.
 *
 * @param lost called when the state is gone or cannot be written: what nobody can find again must not go on running
 * @throws SnoopError `not_for_people` when it was not prepared
 */
export function openStateKeeper(folder: string, lost: (reason: SnoopError) => void): StateKeeper {
  const layout = createLayout(folder);
  const prepared = readState(layout);
  if (!prepared?.ports || !prepared.programs || prepared.supervisor?.pid !== process.pid) {
    const message = "This is called by 'snoop up', which prepares the state folder.";
    throw new SnoopError('not_for_people', message, { exitCode: 2 });
  }
  let state: State = prepared;
  // A folder that was removed may be another control plane's by now, whose state must not be overwritten.
  const check = (): boolean => {
    const ours = isOwnState(layout);
    if (!ours) lost(new SnoopError('state_gone', `${layout.state} is not this supervisor's any more.`));
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

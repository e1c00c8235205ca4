import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoadInput } from '../inputs/input.ts';
import { createLogReader } from './envelopes/log-reader.ts';
import type { LoggedEvent } from './envelopes/logged-event.ts';

export interface ReadOptions {
  signal?: AbortSignal;
  /** Told of each piece of the unpacked log as it is read. */
  onBytes?: (bytes: Buffer) => void;
  /** Told at the end when the log is packed and was cut off; what could be unpacked of it was read. */
  onCut?: () => void;
  /** What a line, or an event over several lines, may be long; 128 MiB unless told. */
  maxValueBytes?: number;
}

/** So many groups of events are read before signals and timers have their turn: a single line may hold millions. */
const groupsInARow = 4;

/**
 * Reads the events of an audit log as the API server writes it, or as other programs have wrapped it: see `envelopes/`.
 * What is no event comes out with a flaw and without a shape. Yields what a piece of the log holds, in groups: events are made as
 * they are asked for, however many a piece holds. Nobody waits for more than the line that is begun.
 * @throws SnoopDbError `unreadable_input` when the input fails, or has a document over many lines that is too long
 */
export async function* readAuditEvents(
  input: LoadInput,
  options: ReadOptions = {},
): AsyncGenerator<LoggedEvent[], void, undefined> {
  const { signal, onBytes, onCut = () => {}, maxValueBytes = 128 * 2 ** 20 } = options;
  const reader = createLogReader({ name: input.name, maxValueBytes });
  for await (const piece of input.open(signal, onCut)) {
    onBytes?.(piece);
    yield* restBetween(reader.read(piece), signal);
  }
  yield* restBetween(reader.end(), signal);
}

async function* restBetween(
  groups: Iterable<LoggedEvent[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoggedEvent[], void, undefined> {
  let number = 0;
  for (const events of groups) {
    yield events;
    number += 1;
    if (number % groupsInARow !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnoopDbError } from '../errors.ts';
import type { LoadInput } from '../inputs/input.ts';
import { createLogReader } from './envelopes/log-reader.ts';
import type { LoggedEvent } from './envelopes/logged-event.ts';

export interface ReadOptions {
  signal?: AbortSignal;
  /** Receives each piece of the unpacked log. */
  onBytes?: (bytes: Buffer) => void;
  /** Called at the end if the log is a truncated gzip file; what could be unpacked was read. */
  onCut?: () => void;
  /** Limit for a line, or for an event over several lines; default: 128 MiB. */
  maxValueBytes?: number;
}

/** Pauses let signals and timers run, since a single line may hold millions of events. */
const groupsBetweenPauses = 4;

/** A server may answer a request for a log with a page that asks for a password. */
const isPage = /^\s*<(?:!doctype html|html)[\s>]/i;
const headBytes = 256;

/**
 * Reads the events of an audit log, as the API server writes it or as other programs wrap it: see `envelopes/`. Anything
 * else has a flaw and no shape. Yields groups, created on demand, as soon as their line is complete.
 * @throws SnoopDbError `unreadable_input` if the input fails or is an HTML page, or a document over many lines is too long
 */
export async function* readAuditEvents(
  input: LoadInput,
  options: ReadOptions = {},
): AsyncGenerator<LoggedEvent[], void, undefined> {
  const { signal, onBytes, onCut = () => {}, maxValueBytes = 128 * 2 ** 20 } = options;
  const reader = createLogReader({ name: input.name, maxValueBytes });
  let head: Buffer | null = Buffer.alloc(0);
  for await (const piece of input.open(signal, onCut)) {
    if (head !== null) {
      head = Buffer.concat([head, piece.subarray(0, headBytes)]);
      if (isPage.test(head.toString('latin1'))) throw createPageError(input.name);
      if (head.length >= headBytes) head = null;
    }
    onBytes?.(piece);
    yield* pauseBetween(reader.read(piece), signal);
  }
  yield* pauseBetween(reader.end(), signal);
}

async function* pauseBetween(
  groups: Iterable<LoggedEvent[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoggedEvent[], void, undefined> {
  let number = 0;
  for (const events of groups) {
    yield events;
    number += 1;
    if (number % groupsBetweenPauses !== 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
}

function createPageError(name: string): SnoopDbError {
  return new SnoopDbError(
    'unreadable_input',
    `${name} is an HTML page, not an audit log. Nothing was loaded. Give the URL of the file itself, with credentials if it needs some.`,
  );
}

import { type LoadInput, SnoopDbError } from '@snoop/snoopdb';
import type { InputLimits } from './options.ts';

/** An input whose beginning is known, within bounds of time. */
export interface BegunInput {
  /** The first bytes that are neither blank nor zero, up to 64 KiB; empty: there are none. */
  readonly head: Buffer;
  /** The whole input, to be opened once. */
  readonly input: LoadInput;
}

const headBytes = 64 * 1024;
/** More leading blanks than this count as an empty input. */
const maxBlankBytes = 2 ** 20;

/**
 * Reads the beginning of an input, to recognize it. A server, pipe or device that stops sending is an error.
 *
 * @throws SnoopDbError `unreadable_input`; the signal's reason when it is aborted
 */
export async function beginInput(input: LoadInput, signal: AbortSignal, limits: InputLimits): Promise<BegunInput> {
  const { name } = input;
  const end = new AbortController();
  let isCut = false;
  const onCut = (): void => {
    isCut = true;
  };
  const pieces = input.open(AbortSignal.any([signal, end.signal]), onCut);
  const deadline = performance.now() + limits.totalMs;
  const next = async (): Promise<Buffer | null> => {
    const waitMs = Math.min(limits.idleMs, deadline - performance.now());
    const giveUp = (): void => end.abort(createLateError(name, limits, performance.now() >= deadline));
    const timer = setTimeout(giveUp, Math.max(waitMs, 0));
    try {
      const found = await pieces.next();
      return found.done ? null : found.value;
    } finally {
      clearTimeout(timer);
    }
  };
  const seen: Buffer[] = [];
  let head = Buffer.alloc(0);
  let blankBytes = 0;
  try {
    while (head.length < headBytes && blankBytes <= maxBlankBytes) {
      const piece = await next();
      if (piece === null) break;
      seen.push(piece);
      const start = head.length > 0 ? 0 : findText(piece);
      blankBytes += start;
      head = Buffer.concat([head, piece.subarray(start, start + headBytes - head.length)]);
    }
  } catch (error) {
    await pieces.return();
    throw error;
  }
  async function* open(_signal?: AbortSignal, onEnd?: () => void): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (let piece = seen.shift(); piece !== undefined; piece = seen.shift()) yield piece;
      for (let piece = await next(); piece !== null; piece = await next()) yield piece;
    } finally {
      await pieces.return();
    }
    if (!isCut) return;
    if (onEnd === undefined) {
      throw new SnoopDbError('unreadable_input', `${name} cannot be read: its gzip data is cut off.`);
    }
    onEnd();
  }
  const begun: LoadInput = {
    name,
    get bytes() {
      return input.bytes;
    },
    isRepeatable: false,
    open,
    peek: async () => (head.length > 0 ? 'something' : isCut ? 'cut off' : 'nothing'),
    async close() {
      await pieces.return();
    },
    rawBytesRead: () => input.rawBytesRead(),
  };
  return { head, input: begun };
}

function createLateError(name: string, { idleMs, totalMs }: InputLimits, isOver: boolean): SnoopDbError {
  const why = isOver ? `it was not read within ${totalMs / 1000} s` : `it sent nothing for ${idleMs / 1000} s`;
  return new SnoopDbError('unreadable_input', `${name} cannot be read: ${why}.`);
}

/** The place of the first byte that is neither blank, zero nor part of a byte order mark; the length if there is none. */
function findText(piece: Buffer): number {
  const found = piece.findIndex((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  return found < 0 ? piece.length : found;
}

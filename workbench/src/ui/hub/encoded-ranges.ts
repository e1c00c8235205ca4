import type { LiveFrame, LiveState } from '../live/messages.ts';
import type { EventLog, Joined, JoinedState, Wanted } from './event-log.ts';
import type { EncodedRange } from './live-client.ts';

/** Clients choose places, so without a limit they could fill the memory while no event arrives. */
const maxKnownBytes = 16 << 20;

/**
 * Encodes states and frames. Pages with the same place and wishes get the same bytes, which are encoded once, until the
 * log grows or they are too many.
 */
export class EncodedRanges {
  readonly #log: EventLog;
  readonly #known = new Map<string, EncodedRange | null>();
  #knownAt = 0;
  #knownBytes = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  clear(): void {
    this.#known.clear();
    this.#knownBytes = 0;
  }

  encodeState(wanted: Wanted, session: Pick<LiveState, 'session' | 'since'>): EncodedRange {
    const key = `state ${wanted.rows} ${wanted.all}`;
    const found = this.#find(key, () => encode({ kind: 'state', ...session }, this.#log.readState(wanted)));
    if (found === null) throw new Error('A state is never missing.');
    return found;
  }

  encodeFrame(after: number, wanted: Wanted): EncodedRange | null {
    return this.#find(`${after} ${wanted.rows} ${wanted.all}`, () => {
      const joined = this.#log.join(after, wanted);
      if (joined === null) return null;
      const { beganAt, ...counts } = joined;
      return encode({ kind: 'frame', after, waitedMs: beganAt === null ? 0 : Date.now() - beganAt }, counts);
    });
  }

  #find(key: string, create: () => EncodedRange | null): EncodedRange | null {
    if (this.#knownAt !== this.#log.number || this.#knownBytes > maxKnownBytes) this.clear();
    this.#knownAt = this.#log.number;
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const created = create();
    this.#known.set(key, created);
    this.#knownBytes += key.length + (created?.data.length ?? 0);
    return created;
  }
}

type Head = Pick<LiveState, 'kind' | 'session' | 'since'> | Pick<LiveFrame, 'kind' | 'after' | 'waitedMs'>;

/** Rows are JSON already. */
function encode(head: Head, { rows, ...counts }: Joined | JoinedState): EncodedRange {
  const text = JSON.stringify({ ...head, ...counts });
  const list = rows === null ? 'null' : `[${rows.join(',')}]`;
  return {
    data: Buffer.from(`${text.slice(0, -1)},"rows":${list}}`),
    number: counts.number,
  };
}

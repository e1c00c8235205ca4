import type { LiveCounts, NewlyHit } from '../live/messages.ts';
import { toLiveEvent } from './live-event.ts';
import { RequestMemory } from './request-memory.ts';
import { type CountedEvent, Totals } from './totals.ts';
import type { TailedEvent } from '../../tail/tailed-event.ts';

export interface LogLimits {
  /** Number of the newest events that are kept. */
  readonly events: number;
  /** Their size as JSON, in characters. */
  readonly characters: number;
  /** Endpoints that are counted; a cluster with custom resources may have thousands. */
  readonly endpoints: number;
  /** Rows of one message, and their size in characters. */
  readonly rows: number;
  readonly rowCharacters: number;
}

export const defaultLogLimits: LogLimits = {
  events: 20_000,
  characters: 16 << 20,
  endpoints: 20_000,
  rows: 1_000,
  rowCharacters: 256 << 10,
};

const rememberedRequests = 50_000;

/** Which events a page wants. */
export interface Wanted {
  readonly rows: boolean;
  readonly all: boolean;
}

interface Entry extends CountedEvent {
  readonly number: number;
  /** When it was added, in milliseconds since 1970. */
  readonly addedAt: number;
  readonly isOwn: boolean;
  /** Newly hit by this event: by any request, or by one that is not the cluster's own. */
  readonly newlyHit: { readonly byAny: NewlyHit | null; readonly byOthers: NewlyHit | null };
  /** Its row as JSON. */
  readonly row: string;
}

/** What happened, with rows as JSON. */
export type Joined = Omit<LiveCounts, 'rows'> & { readonly rows: readonly string[] | null };

/** With the time when the first of them was added, in milliseconds since 1970; null: none. */
export type JoinedRange = Joined & { readonly beganAt: number | null };

/** With the number after which its rows are complete. */
export type JoinedState = Joined & { readonly rowsAfter: number };

/**
 * Numbers events, counts them, and keeps the newest, so that each page can be sent what happened since it was last sent
 * something. A slow page needs no buffer: the log joins what it has missed.
 */
export class EventLog {
  readonly #limits: LogLimits;
  #requests = new RequestMemory(rememberedRequests);
  #entries: Entry[] = [];
  /** The index of the oldest entry that is kept. */
  #first = 0;
  #characters = 0;
  #number = 0;
  /** Since the session began: of all events, and without the cluster's own. */
  #all = new Totals();
  #others = new Totals();

  constructor(limits: LogLimits = defaultLogLimits) {
    this.#limits = limits;
  }

  /** The number of the last event; 0: none. */
  get number(): number {
    return this.#number;
  }

  /** Forgets everything. */
  clear(): void {
    this.#requests = new RequestMemory(rememberedRequests);
    this.#entries = [];
    [this.#first, this.#characters, this.#number] = [0, 0, 0];
    this.#all = new Totals();
    this.#others = new Totals();
  }

  add(event: TailedEvent): { readonly isOwn: boolean } {
    this.#number += 1;
    const live = toLiveEvent(event, this.#number);
    const { endpoint, isOwn, source, auditId, isHit } = live;
    const isFirstHit = isHit && endpoint !== null && this.#requests.add(source, auditId ?? String(live.number));
    const isCounted = this.#all.has(endpoint) || this.#all.size < this.#limits.endpoints;
    const newly = live.untested && endpoint !== null ? { endpoint, at: live.time, by: live.test ?? live.agent } : null;
    const entry: Entry = {
      number: live.number,
      addedAt: Date.now(),
      endpoint: isCounted ? endpoint : null,
      isOwn,
      isFirstHit,
      newlyHit: {
        byAny: newly !== null && this.#all.addNewlyHit(newly) ? newly : null,
        byOthers: newly !== null && !isOwn && this.#others.addNewlyHit(newly) ? newly : null,
      },
      row: JSON.stringify(live),
    };
    this.#all.add(entry);
    if (!isOwn) this.#others.add(entry);
    this.#entries.push(entry);
    this.#characters += entry.row.length;
    this.#trim();
    return { isOwn };
  }

  /** Returns what happened since the session began, with the newest rows. */
  readState({ rows, all }: Wanted): JoinedState {
    const totals = all ? this.#all : this.#others;
    const newest = rows ? this.#readNewestRows(all) : { rows: null, rowsAfter: this.#number };
    return { number: this.#number, ...totals.read(), ...newest };
  }

  /**
   * Joins the events after a number: all of them, or with rows as many as a message may have.
   *
   * @returns null: they are not kept any more
   */
  join(after: number, { rows, all }: Wanted): JoinedRange | null {
    const start = this.#find(after + 1);
    if (start === null) return null;
    const sums = new Totals();
    const newlyHit: NewlyHit[] = [];
    const texts: string[] = [];
    let characters = 0;
    let number = after;
    let beganAt: number | null = null;
    for (let index = start; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry === undefined) break;
      const isWanted = all || !entry.isOwn;
      if (isWanted && rows) {
        characters += entry.row.length;
        const isFull = texts.length === this.#limits.rows || characters > this.#limits.rowCharacters;
        if (isFull && texts.length > 0) break;
        texts.push(entry.row);
      }
      number = entry.number;
      if (!isWanted) continue;
      beganAt ??= entry.addedAt;
      sums.add(entry);
      const newly = all ? entry.newlyHit.byAny : entry.newlyHit.byOthers;
      if (newly !== null) newlyHit.push(newly);
    }
    return { number, ...sums.read(), newlyHit, rows: rows ? texts : null, beganAt };
  }

  #readNewestRows(all: boolean): { readonly rows: readonly string[]; readonly rowsAfter: number } {
    const texts: string[] = [];
    let characters = 0;
    let rowsAfter = this.#number - (this.#entries.length - this.#first);
    for (let index = this.#entries.length - 1; index >= this.#first; index -= 1) {
      const entry = this.#entries[index];
      if (entry === undefined || (entry.isOwn && !all)) continue;
      characters += entry.row.length;
      if (texts.length === this.#limits.rows || characters > this.#limits.rowCharacters) {
        rowsAfter = entry.number;
        break;
      }
      texts.push(entry.row);
    }
    return { rows: texts.reverse(), rowsAfter };
  }

  /** The index of an event; after the last one: the length. null: it is not kept, or does not exist. */
  #find(number: number): number | null {
    const oldest = this.#number - (this.#entries.length - this.#first) + 1;
    if (number < oldest || number > this.#number + 1) return null;
    return this.#first + number - oldest;
  }

  #trim(): void {
    const { events, characters } = this.#limits;
    while (this.#entries.length - this.#first > events || this.#characters > characters) {
      this.#characters -= this.#entries[this.#first]?.row.length ?? 0;
      this.#first += 1;
    }
    if (this.#first <= this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}

import { addCounts } from '../../../src/ui/live/join.ts';
import type {
  EndpointCount,
  LiveEvent,
  LiveFrame,
  LivePosition,
  LiveState,
  NewlyHit,
} from '../../../src/ui/live/messages.ts';

/** Events that were not sent, since the page was away for too long, or that are not kept any more. */
export interface Gap {
  /** The number of the last event before it. */
  readonly after: number;
  readonly events: number;
}

/** What the page knows of a session. */
export interface LiveModel {
  readonly position: LivePosition | null;
  /** When the session began, ISO 8601. */
  readonly since: string | null;
  readonly events: number;
  readonly unresolved: number;
  readonly counts: ReadonlyMap<string, EndpointCount>;
  readonly newlyHit: readonly NewlyHit[];
  /** The newest ones, by number. */
  readonly rows: readonly LiveEvent[];
  /** The last one. */
  readonly gap: Gap | null;
}

export const emptyModel: LiveModel = {
  position: null,
  since: null,
  events: 0,
  unresolved: 0,
  counts: new Map(),
  newlyHit: [],
  rows: [],
  gap: null,
};

/** Rows that a page keeps; older ones are dropped. */
export const maxRows = 5000;

/** Replaces what the page knows. Rows of the same session stay, with those that the page wants now in addition. */
export function applyState(model: LiveModel, state: LiveState): LiveModel {
  const { session, since, number, events, unresolved, counts, newlyHit, rows, rowsAfter } = state;
  const before = model.position?.session === session ? model : emptyModel;
  const seen = before.position?.number ?? 0;
  const isGap = before.rows.length > 0 && rows !== null && rowsAfter > seen;
  return {
    position: { session, number },
    since,
    events,
    unresolved,
    counts: index(counts),
    newlyHit,
    rows: rows === null ? [] : mergeRows(before.rows, rows),
    gap: isGap ? { after: seen, events: rowsAfter - seen } : before.gap,
  };
}

/** Adds what happened since. @returns null: the frame does not follow what the page knows, which needs the state */
export function applyFrame(model: LiveModel, frame: LiveFrame): LiveModel | null {
  if (model.position === null) return null;
  if (frame.number <= model.position.number) return model;
  if (frame.after !== model.position.number) return null;
  return {
    ...model,
    position: { ...model.position, number: frame.number },
    events: model.events + frame.events,
    unresolved: model.unresolved + frame.unresolved,
    counts: addTo(model.counts, frame.counts),
    newlyHit: frame.newlyHit.length === 0 ? model.newlyHit : [...model.newlyHit, ...frame.newlyHit],
    rows: frame.rows === null ? model.rows : keepNewest(model.rows, frame.rows),
  };
}

function mergeRows(some: readonly LiveEvent[], others: readonly LiveEvent[]): readonly LiveEvent[] {
  const byNumber = new Map([...some, ...others].map((row) => [row.number, row]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number).slice(-maxRows);
}

function keepNewest(before: readonly LiveEvent[], added: readonly LiveEvent[]): readonly LiveEvent[] {
  return added.length === 0 ? before : [...before, ...added].slice(-maxRows);
}

function index(counts: readonly EndpointCount[]): ReadonlyMap<string, EndpointCount> {
  return new Map(counts.map((count) => [count[0], count]));
}

function addTo(
  before: ReadonlyMap<string, EndpointCount>,
  added: readonly EndpointCount[],
): ReadonlyMap<string, EndpointCount> {
  return added.length === 0 ? before : index(addCounts([...before.values()], added));
}

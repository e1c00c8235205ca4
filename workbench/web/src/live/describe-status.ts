import type { LiveStatus } from '../../../src/ui/live/messages.ts';
import type { ConnectionState } from './connection.ts';

/** How the page stands to SnoopDB, for people. */
export interface StatusText {
  readonly kind: 'good' | 'late' | 'bad';
  readonly text: string;
  /** What to do, one line each. */
  readonly advice: readonly string[];
}

/** Longer delays are named. */
const lateMs = 2000;

/** @param waitedMs how long the events of the last frame waited for this page */
export function describeStatus(connection: ConnectionState, status: LiveStatus | null, waitedMs: number): StatusText {
  if (connection.kind === 'lost') {
    return {
      kind: 'bad',
      text: 'The connection to snoop ui is lost; connecting again. What happens meanwhile follows.',
      advice: [
        "If it stays away: 'snoop status' shows whether the page is served, 'snoop up' or 'snoop ui' serves it.",
      ],
    };
  }
  if (connection.kind === 'connecting' || status === null) return { kind: 'late', text: 'Connecting …', advice: [] };
  const { database, isBehind, lagMs } = status;
  if (database.state === 'away') {
    const advice = [...database.advice, 'This page continues by itself when SnoopDB answers.'];
    return { kind: 'bad', text: database.reason, advice };
  }
  if (database.note !== null) return { kind: 'late', text: database.note, advice: [] };
  if (isBehind || (lagMs ?? 0) > lateMs) {
    return { kind: 'late', text: `Behind SnoopDB by ${formatSeconds(lagMs ?? 0)}; catching up.`, advice: [] };
  }
  if (waitedMs > lateMs) {
    const text = `This page is slow: it shows events ${formatSeconds(waitedMs)} after they were read.`;
    return { kind: 'late', text, advice: [] };
  }
  return { kind: 'good', text: 'Following SnoopDB.', advice: [] };
}

export function formatSeconds(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function formatRate(perSecond: number): string {
  return perSecond === 0 || perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

import { expect } from 'vitest';
import { say, step } from './progress.ts';
import type { RequestLoad, SentRequest } from './request-load.ts';
import { waitUntil } from './wait-until.ts';

/** Asks a SnoopDB one question. @returns rows of text columns */
export type AskSnoopDb = (sql: string) => Promise<readonly (readonly string[])[]>;

/** An apiserver gives a batch up after four minutes; when nothing more can come, it is said what is missing. */
const patienceS = 260;

/** What of a load is in SnoopDB. */
export interface RecordedLoad {
  readonly answered: number;
  /** Requests without an answer, and how many of these were recorded all the same. */
  readonly cutOff: number;
  readonly cutOffRecorded: number;
}

/**
 * What must hold of every load: each request that was answered is stored exactly once; one that was cut off, once or not
 * at all; and nothing under this load's IDs that it did not send. Waits until all is there.
 */
export async function expectRecorded(
  load: { readonly prefix: string; readonly sent: readonly SentRequest[] },
  ask: AskSnoopDb,
): Promise<RecordedLoad> {
  const answered = load.sent.filter(({ status }) => status !== null);
  const cutOff = load.sent.filter(({ status }) => status === null);
  let stored = new Map<string, number>();
  const missing = (): SentRequest[] => answered.filter(({ auditId }) => !stored.has(auditId));
  const look = async (): Promise<boolean> => {
    stored = await countEvents(load.prefix, ask);
    return missing().length === 0;
  };
  await waitUntil('every answered request is recorded', look, patienceS).catch(look);

  const known = new Set(load.sent.map(({ auditId }) => auditId));
  expect({
    answered: answered.length,
    lost: describe(missing()),
    storedTwice: [...stored].filter(([, count]) => count > 1).map(([id]) => id),
    neverSent: [...stored.keys()].filter((id) => !known.has(id)),
  }).toEqual({ answered: answered.length, lost: 'none', storedTwice: [], neverSent: [] });
  return {
    answered: answered.length,
    cutOff: cutOff.length,
    cutOffRecorded: cutOff.filter(({ auditId }) => stored.has(auditId)).length,
  };
}

/** Ends a load, checks it, and says its figures. */
export async function sayRecorded(what: string, load: RequestLoad, ask: AskSnoopDb): Promise<void> {
  await load.stop();
  const found = await step(`${what}: everything is recorded`, () => expectRecorded(load, ask));
  say(
    `${found.answered} requests answered, each recorded once; ${found.cutOff} cut off, ${found.cutOffRecorded} recorded`,
  );
}

async function countEvents(prefix: string, ask: AskSnoopDb): Promise<Map<string, number>> {
  const rows = await ask(
    `select audit_id, count(*) from testing.audit_event where starts_with(audit_id, '${prefix}') group by audit_id`,
  );
  return new Map(rows.map(([id = '', count = '']) => [id, Number(count)]));
}

/** When they were sent says during which fault they were lost. */
function describe(lost: readonly SentRequest[]): string {
  if (lost.length === 0) return 'none';
  const [first, last] = [lost.at(0), lost.at(-1)];
  return `${lost.length}, sent from ${first?.at} to ${last?.at}, such as ${first?.auditId}: ${first?.what}, answered ${first?.status}`;
}

import { SnoopError } from '../../errors.ts';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import type { GateAnswer, Verdict } from '../answer.ts';
import { exitCodes } from '../summary.ts';

/** The key in the ConfigMap, and the file in its volume. */
export const keptAnswerFile = 'answer.json';

/** How many endpoints there are in each state; null: not asked for. */
export interface GateCounts {
  readonly missing: number;
  readonly notYetProven: number;
  readonly debt: number | null;
  readonly due: number;
  readonly pending: number;
  readonly stale: number;
}

/** The answer of a job, short enough for a ConfigMap, whose limit is 1 MiB. Counts are exact; lists may be shorter. */
export interface KeptAnswer {
  readonly version: 1;
  /** When the gate answered: ISO 8601, UTC. */
  readonly answeredAt: string;
  readonly verdict: Verdict;
  readonly exitCode: 0 | 1 | 3;
  readonly summary: string;
  readonly release: string | null;
  readonly previousRelease: string | null;
  /** Why it cannot tell. */
  readonly doubts: readonly string[];
  /** null: it cannot tell. */
  readonly counts: GateCounts | null;
  /** The endpoints that fail, with their state. */
  readonly endpoints: readonly { readonly endpoint: string; readonly state: string }[];
  /** How many more endpoints fail. */
  readonly moreEndpoints: number;
  /** The newest answer with counts; null: there was none. Of an answer that can tell, it is that answer. */
  readonly lastCounts: { readonly answeredAt: string; readonly counts: GateCounts } | null;
}

export const verdicts = Object.keys(exitCodes) as readonly Verdict[];
const maxEndpoints = 300;
const maxDoubts = 20;
const maxTextLength = 300;
/** Longest kept answer: six bytes for each character of JSON, and room for the rest. */
export const maxKeptBytes = (maxEndpoints + maxDoubts + 10) * (6 * maxTextLength + 100);

/**
 * Shortens an answer.
 *
 * @param value what `snoop gate --output json` wrote
 * @param answeredAt ISO 8601, UTC
 * @param before the kept answer that it replaces
 * @throws SnoopError `bad_answer` when a part of it is missing
 */
export function shortenAnswer(value: unknown, answeredAt: string, before: KeptAnswer | null): KeptAnswer {
  const answer = checkAnswer(value);
  const canTell = answer.verdict !== 'cannot tell';
  const failing = [...answer.gaps, ...(answer.debt ?? []).map((gap) => ({ ...gap, state: 'debt' }))];
  const shown = canTell ? failing.slice(0, maxEndpoints) : [];
  const counts = canTell ? countStates(answer) : null;
  return {
    version: 1,
    answeredAt,
    verdict: answer.verdict,
    exitCode: answer.exitCode,
    summary: shorten(answer.summary),
    release: answer.release === null ? null : shorten(answer.release),
    previousRelease: answer.previousRelease === null ? null : shorten(answer.previousRelease),
    doubts: answer.doubts.slice(0, maxDoubts).map(shorten),
    counts,
    endpoints: shown.map(({ endpoint, state }) => ({ endpoint: shorten(endpoint), state: shorten(state) })),
    moreEndpoints: canTell ? failing.length - shown.length : 0,
    lastCounts: counts === null ? (before?.lastCounts ?? null) : { answeredAt, counts },
  };
}

/** The answer of a gate that ended without one. */
export function createDoubt(why: string, answeredAt: string, before: KeptAnswer | null): KeptAnswer {
  return {
    ...{ version: 1, answeredAt, verdict: 'cannot tell', exitCode: 3, summary: 'The gate gave no answer.' },
    ...{ release: null, previousRelease: null, doubts: [shorten(why)], counts: null },
    ...{ endpoints: [], moreEndpoints: 0, lastCounts: before?.lastCounts ?? null },
  };
}

/**
 * Parses a kept answer.
 *
 * @throws SnoopError `bad_answer`
 */
export function parseKeptAnswer(text: string): KeptAnswer {
  const value = parseJson(text);
  if (!isRecord(value) || value.version !== 1) throw badAnswer('its version is not 1');
  const counts = readCounts(value.counts, 'counts');
  const last = value.lastCounts;
  const lastCounts = isRecord(last) ? readCounts(last.counts, 'lastCounts') : null;
  const { verdict, exitCode } = readVerdict(value);
  if ((counts === null) !== (verdict === 'cannot tell')) throw badAnswer('its counts contradict its verdict');
  return {
    ...{ version: 1, verdict, exitCode, counts },
    answeredAt: readTime(value.answeredAt),
    summary: readText(value.summary, 'summary'),
    release: readOptionalText(value.release, 'release'),
    previousRelease: readOptionalText(value.previousRelease, 'previousRelease'),
    doubts: readList(value.doubts, 'doubts').map((doubt) => readText(doubt, 'doubts')),
    endpoints: readList(value.endpoints, 'endpoints').map((one) => ({
      endpoint: readText(isRecord(one) ? one.endpoint : null, 'endpoint'),
      state: readText(isRecord(one) ? one.state : null, 'state'),
    })),
    moreEndpoints: readCount(value.moreEndpoints, 'moreEndpoints'),
    lastCounts:
      isRecord(last) && lastCounts !== null ? { answeredAt: readTime(last.answeredAt), counts: lastCounts } : null,
  };
}

type CheckedAnswer = Pick<GateAnswer, 'verdict' | 'exitCode' | 'summary' | 'release' | 'previousRelease' | 'doubts'> & {
  readonly gaps: readonly CheckedGap[];
  readonly debt: readonly CheckedGap[] | null;
  readonly due: number;
  readonly pending: number;
  readonly stale: number;
};

interface CheckedGap {
  readonly endpoint: string;
  readonly state: string;
}

function checkAnswer(value: unknown): CheckedAnswer {
  if (!isRecord(value)) throw badAnswer('it is not an object');
  return {
    ...readVerdict(value),
    summary: readText(value.summary, 'summary'),
    release: readOptionalText(value.release, 'release'),
    previousRelease: readOptionalText(value.previousRelease, 'previousRelease'),
    doubts: readList(value.doubts, 'doubts').map((doubt) => readText(doubt, 'doubts')),
    gaps: readGaps(value.gaps, 'gaps'),
    debt: value.debt === null ? null : readGaps(value.debt, 'debt'),
    due: readList(value.due, 'due').length,
    pending: readList(value.pending, 'pending').length,
    stale: readList(value.stale, 'stale').length,
  };
}

/** An exit code of 0 beside another verdict would be read as green. */
function readVerdict(value: Record<string, unknown>): Pick<GateAnswer, 'verdict' | 'exitCode'> {
  const verdict = verdicts.find((one) => one === value.verdict);
  if (verdict === undefined) throw badAnswer('its verdict is unknown');
  const exitCode = exitCodes[verdict];
  if (exitCode === value.exitCode) return { verdict, exitCode };
  throw badAnswer(`its exitCode contradicts the verdict '${verdict}'`);
}

function countStates({ gaps, debt, due, pending, stale }: CheckedAnswer): GateCounts {
  const missing = gaps.filter(({ state }) => state === 'missing').length;
  return {
    missing,
    notYetProven: gaps.length - missing,
    debt: debt === null ? null : debt.length,
    due,
    pending,
    stale,
  };
}

function readGaps(value: unknown, name: string): CheckedGap[] {
  return readList(value, name).map((one) => ({
    endpoint: readText(isRecord(one) ? one.endpoint : null, `${name}.endpoint`),
    state: readText(isRecord(one) ? one.state : null, `${name}.state`),
  }));
}

function readCounts(value: unknown, name: string): GateCounts | null {
  if (value === null) return null;
  if (!isRecord(value)) throw badAnswer(`its ${name} are not an object`);
  return {
    missing: readCount(value.missing, 'missing'),
    notYetProven: readCount(value.notYetProven, 'notYetProven'),
    debt: value.debt === null ? null : readCount(value.debt, 'debt'),
    due: readCount(value.due, 'due'),
    pending: readCount(value.pending, 'pending'),
    stale: readCount(value.stale, 'stale'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer('it is not a whole JSON document', cause);
  }
}

function readText(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw badAnswer(`its ${name} is not a text`);
}

function readOptionalText(value: unknown, name: string): string | null {
  return value === null ? null : readText(value, name);
}

function readList(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw badAnswer(`its ${name} is not a list`);
}

function readCount(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw badAnswer(`its ${name} is not a count`);
}

function readTime(value: unknown): string {
  const text = readText(value, 'answeredAt');
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) && Number.isFinite(Date.parse(text))) return text;
  throw badAnswer('its answeredAt is not a time');
}

function shorten(text: string): string {
  const isLong = text.length > maxTextLength;
  return escapeControlCharacters(isLong ? `${text.slice(0, maxTextLength - 1)}…` : text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badAnswer(why: string, cause?: unknown): SnoopError {
  return new SnoopError('bad_answer', `The answer of the gate cannot be used: ${why}.`, {
    cause,
    advice: ['Run the job again; its log shows what the gate printed.'],
  });
}

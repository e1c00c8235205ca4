import { SnoopError, wrongUse } from '@snoop/snoopdb/command-line';

/**
 * Parses seconds into milliseconds.
 *
 * @throws SnoopError `wrong_use` unless it is a positive number
 */
export function parseSeconds(value: string, flag: string): number {
  const seconds = Number(value);
  if (value.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw wrongUse(`${flag} takes a number of seconds, not '${value}'.`, `For example: ${flag} 30`);
}

/** The longest delay of a Node timer: 24 days. */
const maxTimerMs = 2 ** 31 - 1;

/** Like {@link parseSeconds}, at most the longest delay of a timer. */
export function parseTimeout(value: string, flag: string): number {
  return Math.min(Math.ceil(parseSeconds(value, flag)), maxTimerMs);
}

/** @throws SnoopError `wrong_use` for an invalid regular expression */
export function parsePattern(value: string, flag: string): RegExp {
  try {
    return new RegExp(value);
  } catch (cause) {
    const advice = [`For example: ${flag} 'Pod lifecycle'`];
    throw new SnoopError('wrong_use', `${flag} takes a regular expression: ${String(cause)}.`, {
      exitCode: 2,
      advice,
      cause,
    });
  }
}

/** @throws SnoopError `wrong_use` unless it is a whole number from 1 to 100,000 */
export function parseCount(value: string, flag: string): number {
  const count = Number(value);
  if (/^\d+$/.test(value) && count >= 1 && count <= 100_000) return count;
  throw wrongUse(`${flag} takes a number from 1 to 100,000, not '${value}'.`, `For example: ${flag} 50`);
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Parses a time: `10m` before now (s, m, h, d), or an ISO 8601 time.
 *
 * @throws SnoopError `wrong_use`
 */
export function parseTime(value: string, flag: string): Date {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (number !== undefined) return new Date(Date.now() - Number(number) * (units[unit] ?? 0) * 1000);
  const time = /^\d{4}-\d{2}-\d{2}(T|$)/.test(value) ? new Date(value) : null;
  if (time !== null && !Number.isNaN(time.getTime())) return time;
  throw wrongUse(
    `${flag} takes a time such as 10m, 2h or 2026-11-21T10:00:00Z, not '${value}'.`,
    `For example: ${flag} 10m`,
  );
}

import { SnoopError, wrongUse } from '@snoop/snoopdb/command-line';
import { thresholdKinds, type Threshold } from '../report/checks.ts';

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

/**
 * Parses `conformance:1,stable:2`; a number alone is one of `any`.
 *
 * @throws SnoopError `wrong_use`
 */
export function parseThresholds(value: string, flag: string): readonly Threshold[] {
  return value.split(',').map((part) => {
    const [, kind = 'any', number = ''] = /^(?:([a-z]+):)?(\d{1,5})$/.exec(part.trim()) ?? [];
    const of = thresholdKinds.find((one) => one === kind);
    if (of !== undefined && Number(number) > 0) return { of, least: Number(number) };
    throw wrongUse(
      `${flag} takes conformance:N, stable:N or any:N, with N from 1 to 99,999, not '${part}'.`,
      `For example: ${flag} conformance:1,stable:2`,
    );
  });
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses a time: `90s`, `10m`, `2h` or `1d` ago, or an ISO 8601 time.
 *
 * @throws SnoopError `wrong_use` for anything else, and for a time in the future
 */
export function parseTime(value: string, flag: string): Date {
  const [, number = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  const ms = number === '' ? Number.NaN : Number(number) * unitMs[unit as keyof typeof unitMs];
  const time = new Date(Number.isNaN(ms) ? (/^\d{4}-\d{2}-\d{2}/.test(value) ? value : Number.NaN) : Date.now() - ms);
  if (!Number.isNaN(time.getTime()) && time.getTime() <= Date.now()) return time;
  throw wrongUse(
    `${flag} takes a time in the past, not '${value}'.`,
    `For example: ${flag} 10m, or ${flag} 2026-11-30T12:00:00Z`,
  );
}

/**
 * Parses an age into milliseconds: `90s`, `10m`, `36h`, `14d`; `none` for infinity.
 *
 * @throws SnoopError `wrong_use` for anything else
 */
export function parseMaxAge(value: string, flag: string): number {
  if (value === 'none') return Number.POSITIVE_INFINITY;
  const [, number = '', unit = ''] = /^(\d{1,5})([smhd])$/.exec(value) ?? [];
  if (number !== '') return Number(number) * unitMs[unit as keyof typeof unitMs];
  throw wrongUse(`${flag} takes an age or none, not '${value}'.`, `For example: ${flag} 14d, or ${flag} 36h`);
}

/** Parses a number of minor releases. @throws SnoopError `wrong_use` unless it is a whole number from 0 to 1,000 */
export function parseMinors(value: string, flag: string): number {
  const minors = Number(value);
  if (/^\d{1,4}$/.test(value) && minors <= 1000) return minors;
  throw wrongUse(`${flag} takes a number of minor releases, not '${value}'.`, `For example: ${flag} 2`);
}

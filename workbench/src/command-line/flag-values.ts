import { SnoopError, wrongUse } from '@snoop/snoopdb/command-line';

/**
 * Seconds on the command line, as milliseconds.
 *
 * @throws SnoopError `wrong_use` for anything that is no positive number
 */
export function parseSeconds(value: string, flag: string): number {
  const seconds = Number(value);
  if (value.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw wrongUse(`${flag} takes a number of seconds, not '${value}'.`, `For example: ${flag} 30`);
}

/** The longest time that a timer of Node takes: 24 days. */
const mostTimerMs = 2 ** 31 - 1;

/** The same for a limit that a timer watches; a longer one than that never comes. */
export function parseTimeout(value: string, flag: string): number {
  return Math.min(Math.ceil(parseSeconds(value, flag)), mostTimerMs);
}

/** @throws SnoopError `wrong_use` for what is no regular expression */
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

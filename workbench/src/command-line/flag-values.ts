import { SnoopError } from '../errors.ts';

/**
 * Seconds on the command line, as milliseconds; null when the flag was not given.
 *
 * @throws SnoopError `wrong_use` for anything that is no positive number
 */
export function parseSeconds(flag: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  if (value.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw wrongValue(`${flag} takes a number of seconds, not '${value}'.`, `For example: ${flag} 30`);
}

/** The longest time that a timer of Node takes: 24 days. */
const mostTimerMs = 2 ** 31 - 1;

/** The same for a limit that a timer watches; a longer one than that never comes. */
export function parseTimeout(flag: string, value: string | undefined): number | null {
  const ms = parseSeconds(flag, value);
  return ms === null ? null : Math.min(Math.ceil(ms), mostTimerMs);
}

/** @throws SnoopError `wrong_use` for what is no regular expression */
export function parsePattern(flag: string, value: string | undefined): RegExp | null {
  if (value === undefined) return null;
  try {
    return new RegExp(value);
  } catch (error) {
    throw wrongValue(
      `${flag} takes a regular expression: ${String(error)}.`,
      `For example: ${flag} 'Pod lifecycle'`,
      error,
    );
  }
}

function wrongValue(message: string, advice: string, cause?: unknown): SnoopError {
  return new SnoopError('wrong_use', message, { exitCode: 2, advice: [advice], cause });
}

const timePattern = /^(\d{4,5})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** The beginning of 2000, from which PostgreSQL counts, in microseconds since 1970. */
const postgresEpoch = 946_684_800_000_000;

/**
 * Parses a time as Go writes it (RFC 3339), in microseconds since 1970. Unlike RFC 3339 it accepts five-digit years.
 * @returns null if it is not one; NaN if no number is exactly so many microseconds since 1970 and since 2000, which can
 *   happen before 1715 and after 2255
 */
export function readTime(text: string): number | null {
  const found = text.length > 40 ? null : timePattern.exec(text);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = found;
  const days = countDays(Number(year), Number(month), Number(day));
  const seconds = (days * 24 + Number(hour)) * 3600 + Number(minute) * 60 + Number(second);
  const sign = zone.startsWith('-') ? -1 : 1;
  const zoneSeconds = zone === 'Z' ? 0 : sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * 60;
  return countMicroseconds(seconds - zoneSeconds, Number(fraction.slice(0, 6).padEnd(6, '0')));
}

function countMicroseconds(seconds: number, fraction: number): number {
  const time = seconds * 1_000_000 + fraction;
  if (Number.isSafeInteger(time) && Number.isSafeInteger(time - postgresEpoch)) return time;
  const exact = BigInt(seconds) * 1_000_000n + BigInt(fraction);
  const isExact = BigInt(time) === exact && BigInt(time - postgresEpoch) === exact - BigInt(postgresEpoch);
  return isExact ? time : Number.NaN;
}

/** Parses the bytes of `2026-11-21T03:05:01.004000Z`, the format of API servers; null for other formats. */
export function readServerTime(bytes: Buffer, start: number, end: number): number | null {
  if (end - start !== 27 || bytes[end - 1] !== 0x5a || bytes[start + 10] !== 0x54 || bytes[start + 19] !== 0x2e) {
    return null;
  }
  const year = readDigits(bytes, start, 4);
  const month = readDigits(bytes, start + 5, 2);
  const day = readDigits(bytes, start + 8, 2);
  const hour = readDigits(bytes, start + 11, 2);
  const minute = readDigits(bytes, start + 14, 2);
  const second = readDigits(bytes, start + 17, 2);
  const fraction = readDigits(bytes, start + 20, 6);
  if (Math.min(year, month, day, hour, minute, second, fraction) < 0) return null;
  return countMicroseconds((countDays(year, month, day) * 24 + hour) * 3600 + minute * 60 + second, fraction);
}

/** -1 if one of them is not a digit. */
function readDigits(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

let lastDay = -1;
let lastDays = 0;

/** Days since 1970. Cached: events of one day follow each other. */
function countDays(year: number, month: number, day: number): number {
  const key = (year * 100 + month) * 100 + day;
  if (key !== lastDay) {
    lastDay = key;
    // Not Date.UTC, which maps the years 0 to 99 to 1900 to 1999.
    lastDays = new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000;
  }
  return lastDays;
}

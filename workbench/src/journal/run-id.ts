import { randomBytes } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case letters and digits, 5 bits each. */
export function createRandomName(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
}

/**
 * Creates a run id from its start in UTC and six random characters, e.g. `20261121-030501-x7k2q4`; ids sort by time.
 */
export function createRunId(startedAt: Date): string {
  const [date = '', time = ''] = startedAt.toISOString().split(/[T.]/);
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${createRandomName(6)}`;
}

import type { LivePosition, PageMessage } from './messages.ts';

/** Messages of a page are short; longer ones are refused. */
export const maxPageMessageBytes = 1024;

/** Reads a page's message. @returns null: it is not one */
export function readPageMessage(text: string): PageMessage | null {
  const value = parseObject(text);
  if (value === null) return null;
  if (value.kind === 'seen') return isNumber(value.number) ? { kind: 'seen', number: value.number } : null;
  const { kind, rows, all, at } = value;
  if (kind !== 'want' || typeof rows !== 'boolean' || typeof all !== 'boolean') return null;
  const position = at === null ? null : readPosition(at);
  return position === undefined ? null : { kind, rows, all, at: position };
}

function readPosition(value: unknown): LivePosition | undefined {
  if (typeof value !== 'object' || value === null || !('session' in value) || !('number' in value)) return undefined;
  const { session, number } = value;
  return typeof session === 'string' && isNumber(number) ? { session, number } : undefined;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

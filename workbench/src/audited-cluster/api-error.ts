import { STATUS_CODES } from 'node:http';
import { inspect } from 'node:util';

/** Validation errors of large objects repeat the object; the beginning says what is wrong. */
const maxMessageCharacters = 600;
/** Limit for a response that is not a Status: a proxy's HTML page, a text of Go's HTTP server. */
const maxBodyCharacters = 200;
/** Larger bodies are not parsed; a Status is far smaller. */
const maxParsedCharacters = 1_000_000;
const maxCauses = 5;

/**
 * Formats a refusal by the API server as one line: `404 NotFound: pods "x" not found`. Accepts errors of every API of
 * the client, also as plain objects that crossed a process.
 *
 * @param error an ApiException, the error of a watch or WebSocket, or a Status from exec or a watch
 * @returns null when it is not a response of an API server
 */
export function describeApiError(error: unknown): string | null {
  const status = readStatus(error);
  if (status !== null) return describeStatus(status, null);
  const code = readCode(getField(error, 'code')) ?? readCode(getField(error, 'statusCode'));
  const message = getField(error, 'message');
  if (code !== null && isApiException(error)) return describeAnswer(code, getField(error, 'body'));
  // A refused watch has the code and the phrase of the status line; its body is not read.
  if (code !== null && getField(error, 'statusCode') !== undefined) {
    return describeAnswer(code, message === STATUS_CODES[code] ? undefined : message);
  }
  return getField(error, 'type') === 'error' && typeof message === 'string' ? describeHandshake(message) : null;
}

/** Replaces every raw API error in a text by its one line, also inside other messages and assertions. */
export function shortenApiErrors(text: string): string {
  return text.replace(
    rawApiError,
    (_all, code: string, message: string, body: string | undefined, headers: string | undefined) => {
      // An assertion adds text after the headers (the last object of the line), or cuts the error.
      const rest = headers?.replace(/^(?:\{.*\}|undefined)/, '') ?? '';
      const added =
        headers === undefined && body === undefined ? (/…(?:\s*\{ …\(\d+\) \})?(.*)$/.exec(message)?.[1] ?? '') : rest;
      return `${describeAnswer(Number(code), unescapeBody(body))}${added === headers ? '' : added}`;
    },
  );
}

/** Formats any error, on one line if possible. */
export function describeRequestError(error: unknown): string {
  return describeApiError(error) ?? shortenApiErrors(error instanceof Error ? error.message : String(error));
}

/** The message of client-node's ApiException; an assertion may have cut it. */
const rawApiError = /HTTP-Code: (\d{3})\nMessage: ([^\n]*)(?:\nBody: ([^\n]*))?(?:\nHeaders: ([^\n]*))?/g;

function isApiException(error: unknown): boolean {
  const message = getField(error, 'message');
  return (
    (typeof message === 'string' && /^HTTP-Code: \d/.test(message)) ||
    (getField(error, 'body') !== undefined && getField(error, 'headers') !== undefined)
  );
}

/** @param body from the client: parsed, text or none */
function describeAnswer(code: number, body: unknown): string {
  const status = readStatus(parseBody(body));
  if (status !== null) return describeStatus(status, code);
  const text =
    typeof body === 'string'
      ? body
      : body === undefined || body === null
        ? ''
        : inspect(body, { breakLength: Infinity });
  const said = cut(inOneLine(isHtml(text) ? stripHtml(text) : text), maxBodyCharacters);
  return [`${code} ${STATUS_CODES[code] ?? 'unknown status'}`, ...(said === '' ? [] : [said])].join(': ');
}

function describeStatus(status: object, answered: number | null): string {
  const code = readCode(getField(status, 'code')) ?? answered;
  const given = getField(status, 'reason') ?? (code === null ? '' : STATUS_CODES[code]);
  const reason = inOneLine(toText(given));
  const message = inOneLine(toText(getField(status, 'message')));
  const head = [code, reason].filter((word) => word !== null && word !== '').join(' ');
  const causes = describeCauses(getField(getField(status, 'details'), 'causes'), message);
  return [head || 'Failure', cut([message, causes].filter((part) => part !== '').join(' '), maxMessageCharacters)]
    .filter((part) => part !== '')
    .join(': ');
}

/** Only causes that the message does not repeat. */
function describeCauses(causes: unknown, message: string): string {
  if (!Array.isArray(causes)) return '';
  const lines = causes.flatMap((cause: unknown) => {
    const field = inOneLine(toText(getField(cause, 'field')));
    const said = inOneLine(toText(getField(cause, 'message')) || toText(getField(cause, 'reason')));
    if (said === '' || (message.includes(said) && message.includes(field))) return [];
    return [field === '' ? said : `${field}: ${said}`];
  });
  const named = lines.slice(0, maxCauses).map((line) => cut(line, maxBodyCharacters));
  if (lines.length > maxCauses) named.push(`and ${lines.length - maxCauses} more`);
  return named.length === 0 ? '' : `(${named.join('; ')})`;
}

/** The WebSocket library reports only the code of a refusal. */
function describeHandshake(message: string): string {
  const code = readCode(Number(/Unexpected server response: (\d{3})/.exec(message)?.[1]));
  if (code === null) return `The WebSocket failed: ${cut(inOneLine(message), maxBodyCharacters)}`;
  return `${code} ${STATUS_CODES[code] ?? 'unknown status'}: the server refused the WebSocket`;
}

function readStatus(value: unknown): object | null {
  if (typeof value !== 'object' || value === null) return null;
  if (getField(value, 'status') !== 'Failure') return null;
  const isStatus = getField(value, 'kind') === 'Status' || typeof getField(value, 'message') === 'string';
  // The generated classes omit kind.
  return isStatus ? value : null;
}

function parseBody(body: unknown): unknown {
  if (typeof body !== 'string' || body.length > maxParsedCharacters) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The message of an ApiException has the body as JSON: a text body is a JSON string. */
function unescapeBody(body: string | undefined): unknown {
  if (body === undefined || body === 'undefined' || body === '""') return undefined;
  const parsed = parseBody(body);
  if (parsed !== body || !body.startsWith('"')) return parsed;
  // Cut in the middle: use what is readable.
  const message = /\\"message\\":\\"((?:[^\\]|\\\\\\"|\\\\)*)/.exec(body)?.[1];
  return message?.replaceAll('\\\\\\"', '"') ?? body;
}

function readCode(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 599 ? value : null;
}

function isHtml(text: string): boolean {
  return /^\s*<(?:!doctype|html|head|body)\b/i.test(text);
}

/** The title, else the text of a page. */
function stripHtml(text: string): string {
  return /<title>([^<]*)<\/title>/i.exec(text)?.[1] ?? text.slice(0, 10_000).replace(/<[^>]*>/g, ' ');
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function inOneLine(text: string): string {
  return text
    .slice(0, maxParsedCharacters)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${new Intl.NumberFormat('en').format(text.length - kept.length)} more characters)`;
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The bytes of one event within a body. */
export type EventBytes = Buffer;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

/**
 * Cuts the events out of a sent body, to compare them with what is stored. It shares no code with the product, whose
 * mistakes it is to find. Expects JSON, but strings may hold any bytes.
 * @returns null if the body is neither an EventList nor an Event, so that nothing of it may be stored
 */
export function cutSentEvents(body: Buffer): EventBytes[] | null {
  const document = readMembers(body);
  if (document === null) return null;
  const kind = readText(body, document.get('kind'));
  if (kind === 'Event') return [body.subarray(...trim(body, 0, body.length))];
  if (kind !== 'EventList') return null;
  const items = document.get('items');
  if (items === undefined) return null;
  if (body.toString('latin1', ...items) === 'null') return [];
  return body[items[0]] === 0x5b ? cutElements(body, ...items) : null;
}

type Range = [start: number, end: number];

/** The members of the body's object with the places of their values; of a name that comes twice the last counts. */
function readMembers(body: Buffer): Map<string, Range> | null {
  const [start, end] = trim(body, 0, body.length);
  if (body[start] !== 0x7b || body[end - 1] !== 0x7d) return null;
  const members = new Map<string, Range>();
  let at = start + 1;
  for (;;) {
    at = skipSpace(body, at);
    if (body[at] === 0x7d) return at === end - 1 ? members : null;
    if (body[at] !== quote) return null;
    const keyEnd = skipString(body, at);
    const key = readText(body, [at, keyEnd]);
    at = skipSpace(body, keyEnd);
    if (key === null || body[at] !== colon) return null;
    const valueStart = skipSpace(body, at + 1);
    at = skipValue(body, valueStart);
    members.set(key, trim(body, valueStart, at));
    at = skipSpace(body, at);
    if (body[at] === comma) at++;
    else if (body[at] !== 0x7d) return null;
  }
}

function cutElements(body: Buffer, start: number, end: number): EventBytes[] | null {
  const elements: EventBytes[] = [];
  let at = skipSpace(body, start + 1);
  if (at === end - 1) return elements;
  while (at < end) {
    const valueEnd = skipValue(body, at);
    if (valueEnd === at) return null;
    elements.push(body.subarray(...trim(body, at, valueEnd)));
    at = skipSpace(body, valueEnd);
    if (body[at] !== comma) return at === end - 1 ? elements : null;
    at = skipSpace(body, at + 1);
  }
  return null;
}

/** Reads a JSON string; null if the value is not a string. */
function readText(body: Buffer, range: Range | undefined): string | null {
  if (range === undefined || body[range[0]] !== quote) return null;
  try {
    const text: unknown = JSON.parse(body.toString('utf8', ...range));
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}

/** @returns the first byte behind the value */
function skipValue(body: Buffer, start: number): number {
  if (body[start] === quote) return skipString(body, start);
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) at = skipString(body, at) - 1;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === comma && depth === 0) return at;
  }
  return body.length;
}

function skipString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at];
    if (byte === backslash) at++;
    else if (byte === quote) return at + 1;
  }
  return body.length;
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (isSpace(body[at])) at++;
  return at;
}

function trim(body: Buffer, start: number, end: number): Range {
  let last = end;
  while (last > start && isSpace(body[last - 1])) last--;
  return [skipSpace(body, start), last];
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

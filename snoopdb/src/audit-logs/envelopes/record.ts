import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from '../../errors.ts';
import { isAuditVersion, readLoggedValue, recordListKeys } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { readHeader } from './line-header.ts';
import { shapes } from './logged-event.ts';

/** What was found in a JSON object that is not an audit event itself. */
export type FoundRecord =
  /** A line of text, or a part of one. */
  | {
      what: 'text';
      shape: string;
      /** What distinguishes logs of the same shape: parts of one source belong together. */
      source: string;
      text: Buffer;
      /** Whether the line ends with this text; null if the record does not tell. */
      ends: boolean | null;
    }
  /** An audit event, or a list of events. */
  | { what: 'event'; shape: string; start: number; end: number }
  /** A list of records. */
  | { what: 'list'; start: number; end: number }
  | { what: 'refused'; reason: string };

interface Member {
  start: number;
  end: number;
}

type Members = Map<string, Member>;

/** The keys of lists of records, and of EventLists. */
export const listKeys: ReadonlySet<string> = new Set([...recordListKeys, 'items']);

const gke =
  "an entry of GKE's Cloud Logging (google.cloud.audit.AuditLog): it has no request URI, no HTTP code, no audit id and no stage, so its endpoint could only be guessed";

/** Other members are not searched. */
const maxMembers = 500;
const maxDepth = 5;
const maxKeyBytes = 128;
const newline = 0x0a;
const eventList = Buffer.from('EventList');
/** UTF-8 cannot encode it: it would become another character. */
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Finds what an object wraps.
 * @param maySearch whether an event may be anywhere in it; otherwise only where a known record has its text or list
 * @returns null if it is not a known record
 */
export function findRecord(block: Buffer, { start, end }: Member, maySearch: boolean): FoundRecord | null {
  const members = readMembers(block, start, end);
  const found = maySearch ? search(block, members, 0) : findDirectly(block, members);
  if (found !== null || !maySearch) return found;
  const text = findText(block, members);
  // Even if the text does not look like an event, it may be a part of one.
  return text?.what === 'text' ? text : null;
}

/** An object's list of records or events. */
export interface FoundList {
  key: string;
  /** The end of its opening bracket. */
  at: number;
}

/**
 * Finds an object's list of records or events. Only what precedes the list decides, so that the result does not depend
 * on how much of the object was read.
 * @param end the end of the object, at the latest
 * @returns null if it has no such list, or the members before it show that the object is something else
 */
export function findList(block: Buffer, start: number, end: number): FoundList | null {
  const scanner = new JsonScanner(block, start, end);
  const members: Members = new Map();
  try {
    if (!scanner.enterObject()) return null;
    do {
      const key = scanner.stringBytes <= maxKeyBytes ? scanner.readString(maxKeyBytes) : '';
      const first = scanner.peek();
      const from = scanner.position;
      if (first === 0x5b && listKeys.has(key)) return isOther(block, members, key) ? null : { key, at: from + 1 };
      scanner.skipValue();
      if (members.size < maxMembers) members.set(key, { start: from, end: scanner.position });
      if (key === 'kind' && readText(block, members, key)?.equals(eventList) === false) return null;
    } while (scanner.enterNextMember());
    return null;
  } catch (error) {
    if (error instanceof SnoopDbError) return null;
    throw error;
  }
}

/** Whether the members before a list with this key show that the object is something else. */
function isOther(block: Buffer, members: Members, key: string): boolean {
  const hasText = (name: string): boolean => isText(block, members.get(name));
  if (hasText('auditID') && (hasText('stage') || hasText('requestURI'))) return true;
  if (hasText('kind') && key !== 'items') return true;
  const version = key === 'items' ? readText(block, members, 'apiVersion')?.toString() : undefined;
  if ((version !== undefined && !isAuditVersion(version)) || isGkeEntry(block, members)) return true;
  const text = findText(block, members);
  return text?.what === 'text' && looksLikeLog(text.text);
}

/** Reads a JSON string; null if it is not valid Unicode. */
export function readString(block: Buffer, { start, end }: Member): Buffer | null {
  if (!isUtf8(block.subarray(start, end))) return null;
  const text = String(JSON.parse(block.toString('utf8', start, end)));
  return loneSurrogate.test(text) ? null : Buffer.from(text);
}

function search(block: Buffer, members: Members, depth: number): FoundRecord | null {
  const direct = findDirectly(block, members);
  if (direct !== null || isKubernetesObject(block, members)) return direct;
  const objects = [...members.values()].filter(({ start }) => block[start] === 0x7b);
  for (const { start, end } of objects) {
    if (isEvent(block, start, end)) return { what: 'event', shape: shapes.parsed, start, end };
  }
  if (depth >= maxDepth) return null;
  for (const { start, end } of objects) {
    const found = search(block, readMembers(block, start, end), depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function findDirectly(block: Buffer, members: Members): FoundRecord | null {
  if (isKubernetesObject(block, members)) return null;
  if (isGkeEntry(block, members)) return { what: 'refused', reason: gke };
  const text = findText(block, members);
  if (text?.what === 'text' && looksLikeLog(text.text)) return text;
  for (const key of listKeys) {
    const list = members.get(key);
    if (list && block[list.start] === 0x5b) return { what: 'list', ...list };
  }
  return null;
}

function findText(block: Buffer, members: Members): FoundRecord | null {
  const properties = members.get('properties');
  const inner =
    properties && block[properties.start] === 0x7b ? readMembers(block, properties.start, properties.end) : null;
  if (inner?.has('log')) return createText(block, inner, 'log', shapes.aks);
  if (isText(block, members.get('log'))) {
    return createText(
      block,
      members,
      'log',
      members.has('stream') && members.has('time') ? shapes.docker : shapes.collector,
    );
  }
  if (isText(block, members.get('message'))) {
    const isCloudWatch = members.has('timestamp') || members.has('logStreamName') || members.has('ingestionTime');
    return createText(block, members, 'message', isCloudWatch ? shapes.cloudWatch : shapes.collector);
  }
  return null;
}

function createText(block: Buffer, members: Members, key: string, shape: string): FoundRecord | null {
  const text = readText(block, members, key);
  const stream = readText(block, members, 'stream')?.toString();
  // Any other stream has a damaged name, and another stream lacks this part.
  const isStream = stream === undefined || stream === 'stdout' || stream === 'stderr';
  if (text === null || (!isStream && shape !== shapes.collector)) return null;
  const names = ['pod', 'logStreamName', 'host', 'hostname'].map(
    (name) => readText(block, members, name)?.toString() ?? '',
  );
  const tag = readText(block, members, 'logtag')?.toString();
  const ends = text.at(-1) === newline || tag === 'F' ? true : tag === 'P' ? false : null;
  const source = JSON.stringify([stream, ...names]);
  return { what: 'text', shape, source, text, ends };
}

function readText(block: Buffer, members: Members, key: string): Buffer | null {
  const member = members.get(key);
  return member && isText(block, member) ? readString(block, member) : null;
}

function isText(block: Buffer, member: Member | undefined): boolean {
  return member !== undefined && block[member.start] === 0x22;
}

/** A Kubernetes object is never a record, whatever it contains. */
function isKubernetesObject(block: Buffer, members: Members): boolean {
  return isText(block, members.get('kind'));
}

function isGkeEntry(block: Buffer, members: Members): boolean {
  if (members.has('protopayload_auditlog')) return true;
  const payload = members.get('protoPayload');
  if (!payload || block[payload.start] !== 0x7b) return false;
  const type = readText(block, readMembers(block, payload.start, payload.end), '@type');
  return type?.includes('google.cloud.audit.AuditLog') ?? false;
}

/** Whether an object is surely an audit event or a list of events. */
function isEvent(block: Buffer, start: number, end: number): boolean {
  try {
    const { event, foreign, kind } = readLoggedValue(new JsonScanner(block, start, end));
    if (foreign !== null) return false;
    return kind !== undefined || (event.auditId !== null && event.requestUri !== null && event.stage !== null);
  } catch (error) {
    if (error instanceof SnoopDbError) return false;
    throw error;
  }
}

/** Whether a text begins like an event, a record, or a line with a header. */
export function looksLikeLog(text: Buffer): boolean {
  let at = 0;
  while (at < text.length && (text[at] === 0x20 || text[at] === 0x09 || text[at] === 0x0a || text[at] === 0)) at += 1;
  const first = text[at];
  if (first === 0x7b || first === 0x5b || (first === 0x22 && text.at(-1) === 0x22)) return true;
  return readHeader(text, at, text.length)?.isSure === true;
}

function readMembers(block: Buffer, start: number, end: number): Members {
  const scanner = new JsonScanner(block, start, end);
  const members: Members = new Map();
  scanner.forEachMember(() => {
    const key = scanner.stringBytes <= maxKeyBytes ? scanner.readString(maxKeyBytes) : '';
    scanner.peek();
    const from = scanner.position;
    scanner.skipValue();
    if (members.size < maxMembers) members.set(key, { start: from, end: scanner.position });
  });
  return members;
}

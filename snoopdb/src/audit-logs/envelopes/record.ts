import { isUtf8 } from 'node:buffer';
import { SnoopDbError } from '../../errors.ts';
import { isAuditVersion, readLoggedValue, recordListKeys } from '../../events/event-list.ts';
import { JsonScanner } from '../../events/json-scanner.ts';
import { readHeader } from './line-header.ts';
import { shapes } from './logged-event.ts';

/** What a JSON object of a log is found to be that is no audit event itself. */
export type FoundRecord =
  /** The record of a line of text, or of a part of one. */
  | {
      what: 'text';
      shape: string;
      /** What else its lines come from: parts of one source belong together. */
      source: string;
      text: Buffer;
      /** Whether the line ends with this text; null: nothing says so. */
      ends: boolean | null;
    }
  /** The audit event, or list of them, that lies in it. */
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

/** Members beyond so many are not looked at, and no objects that lie deeper. */
const mostMembers = 500;
const deepest = 5;
const longestKey = 128;
const newline = 0x0a;
const eventList = Buffer.from('EventList');
/** No UTF-8 text has one: it would become another character. */
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Finds what an object wraps.
 * @param maySearch whether an event may lie anywhere in it; else only where a record has its text or its list
 * @returns null when it is no record that is known
 */
export function findRecord(block: Buffer, { start, end }: Member, maySearch: boolean): FoundRecord | null {
  const members = readMembers(block, start, end);
  const found = maySearch ? search(block, members, 0) : findDirectly(block, members);
  if (found !== null || !maySearch) return found;
  const text = findText(block, members);
  // A text that does not look like one of an event may be a part of one.
  return text?.what === 'text' ? text : null;
}

/** The list that an object holds of records or events. */
export interface FoundList {
  key: string;
  /** Behind its bracket. */
  at: number;
}

/**
 * Finds the list that an object holds. What stands before the list decides, so that the answer is the same however much
 * of the object was read.
 * @param end where the object ends at the latest
 * @returns null when it holds none that is known, or says before it that it is something else
 */
export function findList(block: Buffer, start: number, end: number): FoundList | null {
  const scanner = new JsonScanner(block, start, end);
  const members: Members = new Map();
  try {
    if (!scanner.enterObject()) return null;
    do {
      const key = scanner.stringBytes <= longestKey ? scanner.readString(longestKey) : '';
      const first = scanner.peek();
      const from = scanner.position;
      if (first === 0x5b && listKeys.has(key)) return isOther(block, members, key) ? null : { key, at: from + 1 };
      scanner.skipValue();
      if (members.size < mostMembers) members.set(key, { start: from, end: scanner.position });
      if (key === 'kind' && readText(block, members, key)?.equals(eventList) === false) return null;
    } while (scanner.enterNextMember());
    return null;
  } catch (error) {
    if (error instanceof SnoopDbError) return null;
    throw error;
  }
}

/** Whether an object that has a list under this key is something else by what stands before it. */
function isOther(block: Buffer, members: Members, key: string): boolean {
  const hasText = (name: string): boolean => isText(block, members.get(name));
  if (hasText('auditID') && (hasText('stage') || hasText('requestURI'))) return true;
  if (hasText('kind') && key !== 'items') return true;
  const version = key === 'items' ? readText(block, members, 'apiVersion')?.toString() : undefined;
  if ((version !== undefined && !isAuditVersion(version)) || isGkeEntry(block, members)) return true;
  const text = findText(block, members);
  return text?.what === 'text' && looksLikeLog(text.text);
}

/** The text of a JSON string; null when it holds what no text can be. */
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
  if (depth >= deepest) return null;
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
  // A stream by another name is one whose name was damaged: its parts would be missing elsewhere.
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

/** A Kubernetes object says what it is: what lies in it is its own affair. */
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

/** Whether an object that may be anything is an audit event beyond doubt, or a list of them. */
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

/** Whether a text begins as an event does, or a record of one, or a line with a header. */
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
    const key = scanner.stringBytes <= longestKey ? scanner.readString(longestKey) : '';
    scanner.peek();
    const from = scanner.position;
    scanner.skipValue();
    if (members.size < mostMembers) members.set(key, { start: from, end: scanner.position });
  });
  return members;
}

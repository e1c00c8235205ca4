import { shapes } from './logged-event.ts';

/** What precedes the text of a log line. */
export interface LineHeader {
  shape: string;
  /** The start of the text. */
  textAt: number;
  /** What distinguishes logs of the same shape: parts and lines of one source belong together. */
  source: string;
  /** Whether the text ends with this line; otherwise the next line of this source continues it. */
  ends: boolean;
  /** Whether it cannot be anything else: a line of another program can begin with a word or a time, too. */
  isSure: boolean;
}

const maxHeaderBytes = 1024;
/** The limit for headers in a row. */
const maxHeaders = 3;

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)`;
/** Kubernetes' CRI: time, stream, tags; the first tag is P for a part and F for the last part. */
const cri = new RegExp(`^${time} (stdout|stderr) ([PF])(?::[^ ]*)? `);
/** RFC 5424: priority, version, time, host, program, process, message id, structured data, an optional byte order mark. */
const syslog5424 = new RegExp(
  String.raw`^<\d{1,3}>1 (?:-|${time}) (\S+ \S+ \S+ \S+) (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+) (?:\xef\xbb\xbf)?`,
);
/** RFC 3164, and what rsyslog writes to files: no priority, and sometimes a time as in RFC 5424. */
const syslog3164 = new RegExp(
  String.raw`^(<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|${time}) ([A-Za-z0-9_.:-]+ [A-Za-z0-9_./-]+(?:\[\d+\])?): ?`,
);
const exported = new RegExp(`^${time} `);
/** `oc adm node-logs` writes the node's name before each line. */
const node = /^([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?) /;
/** Not directly after a quote: a JSON string that begins so belongs to a record within the part. */
const innerHeader = new RegExp(`[^"]${time} std(?:out|err) [PF]`);
const damaged = new RegExp(`^${time} | std(?:out|err) [PF]`);

/** Reads the header of a line; null if it has no known header. */
export function readHeader(block: Buffer, start: number, end: number, level = 0): LineHeader | null {
  const text = block.toString('latin1', start, Math.min(end, start + maxHeaderBytes));
  const found = matchHeader(text, start);
  if (found === null || found.isSure) return found;
  const isSure =
    beginsValue(block, found.textAt, end) ||
    (level < maxHeaders && readHeader(block, found.textAt, end, level + 1)?.isSure === true);
  return { ...found, isSure };
}

/** Whether a line without a header looks like one with a damaged header. */
export function looksLikeHeader(block: Buffer, start: number, end: number): boolean {
  return damaged.test(block.toString('latin1', start, Math.min(end, start + 80)));
}

/** Whether a part contains the header of another line, since the newline between them is lost. */
export function holdsHeader(part: Buffer): boolean {
  if (!part.includes(' stdout ') && !part.includes(' stderr ')) return false;
  let from = 0;
  for (let header = readHeader(part, from, part.length); header?.isSure === true; ) {
    from = header.textAt;
    header = readHeader(part, from, part.length);
  }
  return innerHeader.test(part.toString('latin1', from));
}

function matchHeader(text: string, start: number): LineHeader | null {
  const line = cri.exec(text);
  if (line) {
    const [all, source = '', tag] = line;
    return { shape: shapes.cri, textAt: start + all.length, source, ends: tag === 'F', isSure: true };
  }
  const found = (shape: string, [all, source = '']: readonly string[], isSure: boolean) => {
    return { shape, textAt: start + (all ?? '').length, source, ends: true, isSure };
  };
  const modern = syslog5424.exec(text);
  if (modern) return found(shapes.syslog, modern, true);
  const old = syslog3164.exec(text);
  if (old) return found(shapes.syslog, [old[0], old[2] ?? ''], old[1] !== undefined);
  const copy = exported.exec(text);
  if (copy) return found(shapes.s3, [copy[0], ''], false);
  const named = node.exec(text);
  return named && found(shapes.nodeLogs, named, false);
}

function beginsValue(block: Buffer, at: number, end: number): boolean {
  let from = at;
  while (from < end && (block[from] === 0x20 || block[from] === 0x09)) from += 1;
  return from < end && (block[from] === 0x7b || block[from] === 0x5b || block[from] === 0x22);
}

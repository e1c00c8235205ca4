import { shapes } from './logged-event.ts';

/** What stands before the text of a log line. */
export interface LineHeader {
  shape: string;
  /** Where the text begins. */
  textAt: number;
  /** What else its lines come from: parts and lines of one source belong together. */
  source: string;
  /** Whether the text ends with this line; false: the next line of this source goes on with it. */
  ends: boolean;
  /** Whether it can be nothing else: a line of another program can begin with a word or a time as well. */
  isSure: boolean;
}

/** So much of a line is looked at for a header. */
const longestHeader = 1024;
/** So many headers may stand one behind the other. */
const mostHeaders = 3;

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)`;
/** Kubernetes' CRI: time, stream, tags of which the first tells a part from an end. */
const cri = new RegExp(`^${time} (stdout|stderr) ([PF])(?::[^ ]*)? `);
/** RFC 5424: priority, version, time, host, program, process, kind of message, structured data, perhaps a byte order mark. */
const syslog5424 = new RegExp(
  String.raw`^<\d{1,3}>1 (?:-|${time}) (\S+ \S+ \S+ \S+) (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+) (?:\xef\xbb\xbf)?`,
);
/** RFC 3164, and what rsyslog writes to files: no priority, perhaps a time as in RFC 5424. */
const syslog3164 = new RegExp(
  String.raw`^(<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|${time}) ([A-Za-z0-9_.:-]+ [A-Za-z0-9_./-]+(?:\[\d+\])?): ?`,
);
const exported = new RegExp(`^${time} `);
/** `oc adm node-logs` writes the node's name before each line. */
const node = /^([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?) /;
/** At the beginning of a JSON text it is that of a record within the part. */
const midst = new RegExp(`[^"]${time} std(?:out|err) [PF]`);
const damaged = new RegExp(`^${time} | std(?:out|err) [PF]`);

/** The header of the line that stands there; null: it has none that is known. */
export function readHeader(block: Buffer, start: number, end: number, level = 0): LineHeader | null {
  const text = block.toString('latin1', start, Math.min(end, start + longestHeader));
  const found = matchHeader(text, start);
  if (found === null || found.isSure) return found;
  const isSure =
    beginsValue(block, found.textAt, end) ||
    (level < mostHeaders && readHeader(block, found.textAt, end, level + 1)?.isSure === true);
  return { ...found, isSure };
}

/** Whether a line that has no header looks as if it had one before it was damaged. */
export function looksLikeHeader(block: Buffer, start: number, end: number): boolean {
  return damaged.test(block.toString('latin1', start, Math.min(end, start + 80)));
}

/** Whether a part holds the header of another line in its midst: what parted the two lines is gone. */
export function holdsHeader(part: Buffer): boolean {
  if (!part.includes(' stdout ') && !part.includes(' stderr ')) return false;
  let from = 0;
  for (let header = readHeader(part, from, part.length); header?.isSure === true; ) {
    from = header.textAt;
    header = readHeader(part, from, part.length);
  }
  return midst.test(part.toString('latin1', from));
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

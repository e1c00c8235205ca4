import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createLayout } from '../../src/control-plane/layout.ts';
import { readState } from '../../src/control-plane/state.ts';

/** A process of a state folder, from /proc. */
export interface StateProcess {
  readonly pid: number;
  /** A part's name, or `supervisor`; children have the name of their parent. */
  readonly name: string;
}

/** The supervisor, the parts and all their children. */
export function listStateProcesses(folder: string): StateProcess[] {
  const state = readState(createLayout(folder));
  const named: StateProcess[] = Object.entries({ ...state?.parts, supervisor: state?.supervisor }).flatMap(
    ([name, record]) => (record ? [{ name, pid: record.pid }] : []),
  );
  const children = listAll();
  for (const { pid, name } of named) {
    for (const child of children) {
      if (child.parent === pid && !named.some((one) => one.pid === child.pid)) named.push({ name, pid: child.pid });
    }
  }
  return named;
}

function listAll(): { pid: number; parent: number }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    const fields =
      pid > 0
        ? read(`/proc/${pid}/stat`)
            .replace(/^.*\) /s, '')
            .split(' ')
        : [];
    return fields.length > 1 ? [{ pid, parent: Number(fields[1]) }] : [];
  });
}

/** Its command line, which every user of the machine can read. */
export function readArguments(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`)
    .split('\0')
    .filter((word) => word !== '');
}

/** Where others can connect to it: `tcp 127.0.0.1:2379`, `unix /path`. */
export function listSockets(pid: number): string[] {
  const own = new Set(
    listNames(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    ),
  );
  const rows = (table: string): string[][] =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  const ip = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    rows(table).flatMap(([, local = '', , state, , , , , , inode = '']) => {
      const isOpen = table.startsWith('tcp') ? state === '0A' : true;
      return isOpen && own.has(inode) ? [`${table} ${nameAddress(local)}`] : [];
    }),
  );
  const unix = rows('unix').flatMap(([, , , flags = '', , , inode = '', path = '(unnamed)']) =>
    own.has(inode) && (Number.parseInt(flags, 16) & acceptsConnections) !== 0 ? [`unix ${path}`] : [],
  );
  return [...ip, ...unix];
}

/** `__SO_ACCEPTCON` in the flags of /proc/net/unix. */
const acceptsConnections = 0x10000;

/** `0100007F:1F90` is 127.0.0.1:8080, in little-endian order. */
function nameAddress(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const bytes = address.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  const shown = bytes.length === 4 ? bytes.reverse().join('.') : `[${address}]`;
  return `${shown}:${Number.parseInt(port, 16)}`;
}

// All of these are empty for a process that has ended, such as PostgreSQL's after a connection.

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

import { toError } from '../errors.ts';
import { isSmall, type ReceivedBody, receiveLargeBody, receiveSmallBody } from '../events/received-body.ts';
import type { WriteResult } from './body-store.ts';

/** A body as it came. */
export interface GivenBody {
  source: string;
  bytes: Buffer;
  sha256: Buffer;
}

interface Asking {
  resolve(result: WriteResult): void;
  reject(reason: unknown): void;
}

/** A body that was read and is to be stored now; whoever gave it is told the result. */
export interface WaitingBody extends Asking {
  body: ReceivedBody;
}

type Given = GivenBody & Asking;

export interface BodyQueue {
  /** Waits for its turn, and then for the end of it. */
  add(body: GivenBody): Promise<WriteResult>;
  /** All that wait are told this error. */
  failAll(error: unknown): void;
}

/** Two connections keep both PostgreSQL and this side busy: while one commits, the other copies. */
const lanes = 2;
/** Less than this is better stored with what is still to come, unless the connection at work takes its time. */
const laneBytes = 256 * 1024;
const slowMs = 20;
/** So much is stored in one transaction, or one body that is larger. */
const groupBytes = 4 * 1024 * 1024;
const groupEvents = 4000;
const groupBodies = 1000;

/**
 * Lets bodies wait for a connection. Those of one source that wait together are stored together: a commit costs the same
 * for one as for many. Large ones wait elsewhere, for a connection of their own, so that nobody waits behind them.
 * Bodies are read when it is their turn, so that only their bytes take room until then.
 */
export function createBodyQueue(store: (source: string, group: WaitingBody[]) => Promise<void>): BodyQueue {
  let small: Given[] = [];
  let large: Given[] = [];
  let smallBytes = 0;
  let freeLanes = lanes;
  let isLargeLaneFree = true;
  let isPatient = false;

  /** Reads bodies of the source that has waited longest, as many as are stored together. */
  function takeGroup(): { source: string; group: WaitingBody[] } {
    const source = small[0]?.source ?? '';
    const left: Given[] = [];
    const group: WaitingBody[] = [];
    let bytes = 0;
    let events = 0;
    for (const [at, given] of small.entries()) {
      const isEnough = group.length > 0 && (bytes + given.bytes.length > groupBytes || events >= groupEvents);
      if (isEnough || group.length >= groupBodies) {
        left.push(...small.slice(at));
        break;
      }
      if (given.source !== source) {
        left.push(given);
        continue;
      }
      const body = read(given);
      if (body === null) continue;
      bytes += given.bytes.length;
      events += body.eventCount;
      group.push({ body, resolve: given.resolve, reject: given.reject });
    }
    small = left;
    smallBytes = left.reduce((sum, given) => sum + given.bytes.length, 0);
    return { source, group };
  }

  /** Null when there is nothing to store, or not here. */
  function read(given: Given): ReceivedBody | null {
    try {
      const body = receiveSmallBody(given.bytes, given.sha256);
      if (body === null) addLarge(given);
      else if (body.eventCount > 0) return body;
      else given.resolve(nothing());
    } catch (error) {
      given.reject(error);
    }
    return null;
  }

  async function keepLane(): Promise<void> {
    freeLanes -= 1;
    while (small.length > 0) {
      const { source, group } = takeGroup();
      if (group.length > 0) await store(source, group);
    }
    freeLanes += 1;
  }

  function openLane(): void {
    if (freeLanes === 0 || small.length === 0) return;
    // The lane begins when all that came in one go are here.
    if (freeLanes === lanes || smallBytes >= laneBytes) {
      setImmediate(() => freeLanes > 0 && small.length > 0 && void keepLane());
    } else if (!isPatient) {
      isPatient = true;
      setTimeout(() => {
        isPatient = false;
        if (freeLanes > 0 && small.length > 0) void keepLane();
      }, slowMs);
    }
  }

  async function keepLargeLane(): Promise<void> {
    isLargeLaneFree = false;
    for (let given = large.shift(); given !== undefined; given = large.shift()) {
      const { source, bytes, sha256, resolve, reject } = given;
      try {
        const body = await receiveLargeBody(bytes, sha256);
        if (body.eventCount > 0) await store(source, [{ body, resolve, reject }]);
        else resolve(nothing());
      } catch (error) {
        reject(error);
      }
    }
    isLargeLaneFree = true;
  }

  function addLarge(given: Given): void {
    large.push(given);
    if (isLargeLaneFree) void keepLargeLane();
  }

  return {
    add: (body) =>
      new Promise((resolve, reject) => {
        const given = { ...body, resolve, reject };
        if (isSmall(body.bytes)) {
          small.push(given);
          smallBytes += given.bytes.length;
          openLane();
        } else addLarge(given);
      }),
    failAll(error) {
      const waiting = [...small, ...large];
      small = [];
      smallBytes = 0;
      large = [];
      for (const { reject } of waiting) reject(toError(error));
    },
  };
}

function nothing(): WriteResult {
  return { events: 0, stored: 0, repeated: false, unresolved: 0, rejected: 0, stagedAt: [], commitMs: 0 };
}

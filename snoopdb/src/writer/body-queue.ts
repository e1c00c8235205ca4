import { toError } from '../errors.ts';
import { isSmall, type ReceivedBody, receiveLargeBody, receiveSmallBody } from '../events/received-body.ts';
import { createResult, type WriteResult } from './body-result.ts';

/** A body as it came. */
export interface GivenBody {
  source: string;
  bytes: Buffer;
  sha256: Buffer;
  /** Its sender was told that it is kept. */
  isPromised: boolean;
}

/** Who waits for what becomes of a body. */
interface Waiter {
  resolve(result: WriteResult): void;
  reject(reason: unknown): void;
}

type QueuedBody = GivenBody & Waiter;

/** A body that was read and is to be stored now. */
export interface ReadyBody extends Waiter {
  body: ReceivedBody;
  isPromised: boolean;
}

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
const batchBytes = 4 * 1024 * 1024;
const batchEvents = 4000;
const batchBodies = 1000;

/**
 * Lets bodies wait for a connection. Those of one source that wait together are stored together: a commit costs the same
 * for one as for many. Large ones wait elsewhere, for a connection of their own, so that nobody waits behind them.
 * Bodies are read when it is their turn, so that only their bytes take room until then.
 */
export function createBodyQueue(storeBatch: (source: string, batch: ReadyBody[]) => Promise<void>): BodyQueue {
  let small: QueuedBody[] = [];
  let large: QueuedBody[] = [];
  let smallBytes = 0;
  let freeLanes = lanes;
  let isLargeLaneFree = true;
  let isPatient = false;

  /** Reads bodies of the source that has waited longest, as many as are stored together. */
  function takeBatch(): { source: string; batch: ReadyBody[] } {
    const source = small[0]?.source ?? '';
    const left: QueuedBody[] = [];
    const batch: ReadyBody[] = [];
    let bytes = 0;
    let events = 0;
    for (const [at, queued] of small.entries()) {
      const isEnough = batch.length > 0 && (bytes + queued.bytes.length > batchBytes || events >= batchEvents);
      if (isEnough || batch.length >= batchBodies) {
        left.push(...small.slice(at));
        break;
      }
      if (queued.source !== source) {
        left.push(queued);
        continue;
      }
      const body = read(queued);
      if (body === null) continue;
      bytes += queued.bytes.length;
      events += body.eventCount;
      const { isPromised, resolve, reject } = queued;
      batch.push({ body, isPromised, resolve, reject });
    }
    small = left;
    smallBytes = left.reduce((sum, queued) => sum + queued.bytes.length, 0);
    return { source, batch };
  }

  /** Null when there is nothing to store, or not here. */
  function read(queued: QueuedBody): ReceivedBody | null {
    try {
      const body = receiveSmallBody(queued.bytes, queued.sha256);
      if (body === null) addLarge(queued);
      else if (body.eventCount > 0) return body;
      else queued.resolve(createResult());
    } catch (error) {
      queued.reject(error);
    }
    return null;
  }

  async function runLane(): Promise<void> {
    freeLanes -= 1;
    while (small.length > 0) {
      const { source, batch } = takeBatch();
      if (batch.length > 0) await storeBatch(source, batch);
    }
    freeLanes += 1;
  }

  function startLane(): void {
    if (freeLanes === 0 || small.length === 0) return;
    // The lane begins when all that came in one go are here.
    if (freeLanes === lanes || smallBytes >= laneBytes) {
      setImmediate(() => freeLanes > 0 && small.length > 0 && void runLane());
    } else if (!isPatient) {
      isPatient = true;
      setTimeout(() => {
        isPatient = false;
        if (freeLanes > 0 && small.length > 0) void runLane();
      }, slowMs);
    }
  }

  async function runLargeLane(): Promise<void> {
    isLargeLaneFree = false;
    for (let queued = large.shift(); queued !== undefined; queued = large.shift()) {
      const { source, bytes, sha256, isPromised, resolve, reject } = queued;
      try {
        const body = await receiveLargeBody(bytes, sha256);
        if (body.eventCount > 0) await storeBatch(source, [{ body, isPromised, resolve, reject }]);
        else resolve(createResult());
      } catch (error) {
        reject(error);
      }
    }
    isLargeLaneFree = true;
  }

  function addLarge(queued: QueuedBody): void {
    large.push(queued);
    if (isLargeLaneFree) void runLargeLane();
  }

  return {
    add: (body) =>
      new Promise((resolve, reject) => {
        const queued = { ...body, resolve, reject };
        if (isSmall(body.bytes)) {
          small.push(queued);
          smallBytes += queued.bytes.length;
          startLane();
        } else addLarge(queued);
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

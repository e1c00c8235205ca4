import { toError } from '../errors.ts';
import { isSmallBody, type ReceivedBody, readLargeBody, readSmallBody } from '../events/received-body.ts';
import { createResult, type WriteResult } from './body-result.ts';

export interface IncomingBody {
  source: string;
  bytes: Buffer;
  sha256: Buffer;
  /** Whether it was acknowledged to its sender. */
  isAcknowledged: boolean;
}

interface PendingResult {
  resolve(result: WriteResult): void;
  reject(reason: unknown): void;
}

type QueuedBody = IncomingBody & PendingResult;

/** A body that was read and can be stored. */
export interface ReadyBody extends PendingResult {
  body: ReceivedBody;
  isAcknowledged: boolean;
}

export interface BodyQueue {
  /** Stores a body when it is its turn. */
  add(body: IncomingBody): Promise<WriteResult>;
  /** Rejects all waiting bodies. */
  failAll(error: unknown): void;
}

/** With two connections one copies while the other commits. */
const lanes = 2;
/** Fewer bytes wait for more, unless the other connection is slow. */
const laneBytes = 256 * 1024;
const slowMs = 20;
/** Limits of a transaction; a larger body is stored alone. */
const batchBytes = 4 * 1024 * 1024;
const batchEvents = 4000;
const batchBodies = 1000;

/**
 * Creates a queue of bodies. Waiting bodies of one source are stored together, since a commit costs the same for one as
 * for many. Large ones use a separate connection, so that small ones do not wait for them. Bodies are parsed when
 * it is their turn, so that only their bytes take memory until then.
 */
export function createBodyQueue(storeBatch: (source: string, batch: ReadyBody[]) => Promise<void>): BodyQueue {
  let small: QueuedBody[] = [];
  let large: QueuedBody[] = [];
  let smallBytes = 0;
  let freeLanes = lanes;
  let isLargeLaneFree = true;
  let isTimerSet = false;

  /** Reads the next batch, of the source that has waited longest. */
  function readBatch(): { source: string; batch: ReadyBody[] } {
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
      const { isAcknowledged, resolve, reject } = queued;
      batch.push({ body, isAcknowledged, resolve, reject });
    }
    small = left;
    smallBytes = left.reduce((sum, queued) => sum + queued.bytes.length, 0);
    return { source, batch };
  }

  /** Null if there is nothing to store, or the body is large. */
  function read(queued: QueuedBody): ReceivedBody | null {
    try {
      const body = readSmallBody(queued.bytes, queued.sha256);
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
      const { source, batch } = readBatch();
      if (batch.length > 0) await storeBatch(source, batch);
    }
    freeLanes += 1;
  }

  function startLane(): void {
    if (freeLanes === 0 || small.length === 0) return;
    // Starts after this turn of the event loop, with all bodies that arrived in it.
    if (freeLanes === lanes || smallBytes >= laneBytes) {
      setImmediate(() => freeLanes > 0 && small.length > 0 && void runLane());
    } else if (!isTimerSet) {
      isTimerSet = true;
      setTimeout(() => {
        isTimerSet = false;
        if (freeLanes > 0 && small.length > 0) void runLane();
      }, slowMs);
    }
  }

  async function runLargeLane(): Promise<void> {
    isLargeLaneFree = false;
    for (let queued = large.shift(); queued !== undefined; queued = large.shift()) {
      const { source, bytes, sha256, isAcknowledged, resolve, reject } = queued;
      try {
        const body = await readLargeBody(bytes, sha256);
        if (body.eventCount > 0) await storeBatch(source, [{ body, isAcknowledged, resolve, reject }]);
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
        if (isSmallBody(body.bytes)) {
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

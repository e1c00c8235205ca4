import { setTimeout as wait } from 'node:timers/promises';
import type { BodyStock, MadeRequest } from './body-stock.ts';
import { Connection } from './connection.ts';

export interface Loop {
  answers: Record<number, number>;
  latenciesMs: number[];
}

/** Each connection sends the next body when the one before is answered. */
export async function sendInClosedLoop(
  stock: BodyStock,
  { url, bodies, connections }: { url: string; bodies: number; connections: number },
): Promise<Loop> {
  const loop: Loop = { answers: {}, latenciesMs: [] };
  let left = bodies;
  const keepSending = async (): Promise<void> => {
    const connection = new Connection(url);
    while (left > 0) {
      left -= 1;
      const request = stock.take();
      const started = performance.now();
      await sendUntilStored(connection, request, loop);
      loop.latenciesMs.push(performance.now() - started);
      stock.giveBack(request);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, keepSending));
  return loop;
}

/** So many bodies a second, on connections that are free or new. One that is sent late is late from when it was due. */
export async function sendInOpenLoop(
  stock: BodyStock,
  { url, bodies, perSecond }: { url: string; bodies: number; perSecond: number },
): Promise<Loop> {
  const loop: Loop = { answers: {}, latenciesMs: [] };
  const free: Connection[] = [];
  const underWay: Promise<void>[] = [];
  const start = performance.now();
  const sendOne = async (dueAt: number): Promise<void> => {
    const connection = free.pop() ?? new Connection(url);
    const request = stock.take();
    await sendUntilStored(connection, request, loop);
    loop.latenciesMs.push(performance.now() - dueAt);
    stock.giveBack(request);
    free.push(connection);
  };
  for (let sent = 0; sent < bodies; sent += 1) {
    const dueAt = start + (sent * 1000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 0) await wait(early);
    underWay.push(sendOne(dueAt));
  }
  await Promise.all(underWay);
  for (const connection of free) connection.close();
  return loop;
}

/** @throws Error when it is refused for good */
async function sendUntilStored(connection: Connection, request: MadeRequest, { answers }: Loop): Promise<void> {
  for (;;) {
    const { status, retryAfterS } = await connection.send(request.bytes);
    answers[status] = (answers[status] ?? 0) + 1;
    if (status === 200) return;
    if (status !== 0 && status !== 429 && status !== 503) throw new Error(`a body was answered ${status}`);
    await wait(retryAfterS === 0 ? 100 : retryAfterS * 1000);
  }
}

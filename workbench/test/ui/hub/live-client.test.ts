import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { type EncodedRange, LiveClient, type LiveSource } from '../../../src/ui/hub/live-client.ts';

const frameBytes = 256 << 10;

/** A connection that accepts data only when `read` is called. */
class SlowSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  bufferedAmount = 0;
  sent = 0;

  send(data: Buffer): void {
    this.bufferedAmount += data.length;
    this.sent += 1;
  }

  ping(): void {}

  read(): void {
    this.bufferedAmount = 0;
  }

  receive(message: object): void {
    this.emit('message', Buffer.from(JSON.stringify(message)), false);
  }
}

function open(): { socket: SlowSocket; client: LiveClient } {
  const socket = new SlowSocket();
  const encode = (after: number): EncodedRange => ({ data: Buffer.alloc(frameBytes), number: after + 1 });
  const source: LiveSource = {
    session: 'a session',
    number: 1000,
    encodeState: () => encode(0),
    encodeFrame: encode,
  };
  // Only what a client uses of it.
  const client = new LiveClient(socket as unknown as WebSocket, source);
  socket.receive({ kind: 'want', rows: true, all: true, at: null });
  return { socket, client };
}

test('a client that confirms without reading gets nothing more', () => {
  const { socket } = open();
  for (let number = 1; number < 50; number += 1) socket.receive({ kind: 'seen', number: 1000 });
  expect(socket.bufferedAmount).toBeLessThan(2 << 20);
});

test('a client that reads again gets the rest, also if nothing new happens', () => {
  const { socket, client } = open();
  for (let number = 1; number < 50; number += 1) socket.receive({ kind: 'seen', number: 1000 });
  const before = socket.sent;
  socket.read();
  client.checkAlive();
  expect(socket.sent).toBeGreaterThan(before);
});

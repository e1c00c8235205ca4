import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PageMessage } from '../../../src/ui/live/messages.ts';
import { type ConnectionState, LiveConnection, type Socket } from '../../../web/src/live/connection.ts';
import { describeStatus } from '../../../web/src/live/describe-status.ts';
import { Glow, glowMs } from '../../../web/src/live/glow.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose other side is the test. */
function connect(): {
  sockets: (Socket & { readonly sent: PageMessage[]; isClosed: boolean })[];
  states: ConnectionState['kind'][];
  received: string[];
  connection: LiveConnection;
} {
  const sockets: (Socket & { readonly sent: PageMessage[]; isClosed: boolean })[] = [];
  const states: ConnectionState['kind'][] = [];
  const received: string[] = [];
  const connection = new LiveConnection({
    open() {
      const sent: PageMessage[] = [];
      const socket = {
        ...{ onopen: null, onmessage: null, onclose: null, sent, isClosed: false },
        send: (text: string) => void sent.push(JSON.parse(text)),
        close() {
          socket.isClosed = true;
        },
      };
      sockets.push(socket);
      return socket;
    },
    getWishes: () => ({ rows: true, all: false }),
    getPosition: () => ({ session: 's', number: 7 }),
    onMessage: (message) => received.push(message.kind),
    onState: ({ kind }) => states.push(kind),
  });
  return { sockets, states, received, connection };
}

const status = JSON.stringify({ kind: 'status' });

test('tells the server where it left off, and confirms what it has applied', () => {
  const { sockets, connection } = connect();
  const [socket] = sockets;
  socket?.onopen?.();
  socket?.onmessage?.({ data: JSON.stringify({ kind: 'frame', number: 9 }) });
  socket?.onmessage?.({ data: status });
  expect(socket?.sent).toEqual([
    { kind: 'want', rows: true, all: false, at: { session: 's', number: 7 } },
    { kind: 'seen', number: 9 },
  ]);
  connection.want({ keepsPlace: false });
  expect(socket?.sent.at(-1)).toMatchObject({ at: null });
  connection.close();
  expect(socket?.isClosed).toBe(true);
});

test('connects again after a loss, with longer pauses', () => {
  const { sockets, states, connection } = connect();
  sockets[0]?.onopen?.();
  sockets[0]?.onclose?.({ code: 1006, reason: '' });
  vi.advanceTimersByTime(400);
  expect(sockets).toHaveLength(2);
  sockets[1]?.onclose?.({ code: 1006, reason: '' });
  vi.advanceTimersByTime(370);
  expect(sockets).toHaveLength(2);
  vi.advanceTimersByTime(300);
  expect(sockets).toHaveLength(3);
  sockets[2]?.onopen?.();
  expect(states).toEqual(['open', 'lost', 'open']);
  connection.close();
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(3);
});

test.each([
  ['before a loss', true],
  ['after a loss', false],
])('wishes that changed %s, without an answer, need the whole state', (_, isBefore) => {
  const { sockets, connection } = connect();
  sockets[0]?.onopen?.();
  if (isBefore) connection.want({ keepsPlace: false });
  sockets[0]?.onclose?.({ code: 1006, reason: '' });
  if (!isBefore) connection.want({ keepsPlace: false });
  connection.retryNow();
  sockets.at(-1)?.onopen?.();
  expect(sockets.at(-1)?.sent).toEqual([{ kind: 'want', rows: true, all: false, at: null }]);
  sockets.at(-1)?.onmessage?.({ data: JSON.stringify({ kind: 'state', number: 9 }) });
  sockets.at(-1)?.onclose?.({ code: 1006, reason: '' });
  connection.retryNow();
  sockets.at(-1)?.onopen?.();
  expect(sockets.at(-1)?.sent).toMatchObject([{ at: { number: 7 } }]);
  connection.close();
});

test('silence is a loss: the machine slept, or the network is gone', () => {
  const { sockets, states, connection } = connect();
  sockets[0]?.onopen?.();
  for (let second = 0; second < 10; second += 1) {
    vi.advanceTimersByTime(1000);
    sockets[0]?.onmessage?.({ data: status });
  }
  expect(states).toEqual(['open']);
  vi.advanceTimersByTime(7000);
  expect(states).toEqual(['open', 'lost']);
  expect(sockets[0]?.isClosed).toBe(true);
  connection.retryNow();
  sockets.at(-1)?.onopen?.();
  expect(states).toEqual(['open', 'lost', 'open']);
  connection.close();
});

test('the state is told in words', () => {
  const following = { state: 'following' as const, note: null };
  const good = {
    kind: 'status' as const,
    rate: { events: 1, own: 1 },
    lagMs: 10,
    isBehind: false,
    database: following,
  };
  const open = { kind: 'open' as const };
  expect(describeStatus(open, good, 0)).toEqual({ kind: 'good', text: 'Following SnoopDB.', advice: [] });
  expect(describeStatus(open, { ...good, isBehind: true, lagMs: 61_000 }, 0).text).toBe(
    'Behind SnoopDB by 1 min; catching up.',
  );
  expect(describeStatus(open, good, 5000).text).toBe('This page is slow: it shows events 5.0 s after they were read.');
  expect(describeStatus({ kind: 'lost', since: 0 }, good, 0).kind).toBe('bad');
  const away = { state: 'away' as const, reason: 'SnoopDB is stopped.', advice: ["'snoop up'"], since: '' };
  expect(describeStatus(open, { ...good, database: away }, 0)).toEqual({
    kind: 'bad',
    text: 'SnoopDB is stopped.',
    advice: ["'snoop up'", 'This page continues by itself when SnoopDB answers.'],
  });
});

test('a hit lights an endpoint up, which fades; with reduced motion it is lit or dark', () => {
  const glow = new Glow();
  glow.light(['a'], 0);
  glow.light(['b'], glowMs / 2);
  expect([...glow.read(glowMs / 2, { fades: true })]).toEqual([
    ['a', 0.5],
    ['b', 1],
  ]);
  expect([...glow.read(glowMs / 2, { fades: false })]).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  expect([...glow.read(glowMs, { fades: true })]).toEqual([['b', 0.5]]);
  expect(glow.isDark).toBe(false);
  expect([...glow.read(2 * glowMs, { fades: true })]).toEqual([]);
  expect(glow.isDark).toBe(true);
});

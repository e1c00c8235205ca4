import {
  type LiveFrame,
  livePath,
  type LiveRun,
  type LiveStatus,
  type ServerMessage,
} from '../../../src/ui/live/messages.ts';
import { root } from '../app/navigation.svelte.ts';
import { type ConnectionState, LiveConnection, type Socket, type Wishes } from './connection.ts';
import { Glow } from './glow.ts';
import { applyFrame, applyState, emptyModel, type LiveModel } from './live-model.ts';

/** What the live page shows, updated at most once for each picture that the browser draws. */
export interface LiveView {
  readonly model: LiveModel;
  readonly connection: ConnectionState;
  readonly status: LiveStatus | null;
  readonly runs: readonly LiveRun[];
  /** How long the events of the last frame waited for this page. */
  readonly waitedMs: number;
  readonly glow: Glow;
  /** Call it when the wishes have changed. */
  want(): void;
  close(): void;
}

interface Shown {
  readonly model: LiveModel;
  readonly connection: ConnectionState;
  readonly status: LiveStatus | null;
  readonly runs: readonly LiveRun[];
  readonly waitedMs: number;
}

/** Connects to the server and keeps what it sends, until it is closed. */
export function openLiveView(getWishes: () => Wishes): LiveView {
  let latest: Shown = { model: emptyModel, connection: { kind: 'connecting' }, status: null, runs: [], waitedMs: 0 };
  let shown = $state.raw(latest);
  let isPlanned = false;
  const glow = new Glow();

  function update(change: Partial<Shown>): void {
    latest = { ...latest, ...change };
    if (isPlanned) return;
    isPlanned = true;
    // A hidden page draws no pictures.
    if (document.hidden) setTimeout(show, 250);
    else requestAnimationFrame(show);
  }

  function show(): void {
    isPlanned = false;
    shown = latest;
  }

  function apply(message: ServerMessage): void {
    if (message.kind === 'status') update({ status: message });
    else if (message.kind === 'runs') update({ runs: message.runs });
    else if (message.kind === 'state') update({ model: applyState(latest.model, message), waitedMs: 0 });
    else addFrame(message);
  }

  function addFrame(message: LiveFrame): void {
    const model = applyFrame(latest.model, message);
    if (model === null) {
      connection.want({ keepsPlace: false });
      return;
    }
    glow.light(
      message.counts.flatMap(([endpoint, , hits]) => (hits > 0 ? [endpoint] : [])),
      performance.now(),
    );
    update({ model, waitedMs: message.waitedMs });
  }

  const connection = new LiveConnection({
    open: openSocket,
    getWishes,
    getPosition: () => latest.model.position,
    onMessage: apply,
    onState: (state) => update({ connection: state }),
  });
  const retry = (): void => {
    if (!document.hidden) connection.retryNow();
  };
  window.addEventListener('online', retry);
  document.addEventListener('visibilitychange', retry);

  return {
    get model() {
      return shown.model;
    },
    get connection() {
      return shown.connection;
    },
    get status() {
      return shown.status;
    },
    get runs() {
      return shown.runs;
    },
    get waitedMs() {
      return shown.waitedMs;
    },
    glow,
    want: () => connection.want({ keepsPlace: false }),
    close() {
      window.removeEventListener('online', retry);
      document.removeEventListener('visibilitychange', retry);
      connection.close();
    },
  };
}

function openSocket(): Socket {
  const url = new URL(livePath, root);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  const wrapped: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
  socket.onopen = () => wrapped.onopen?.();
  socket.onmessage = (event) => wrapped.onmessage?.(event);
  socket.onclose = (event) => wrapped.onclose?.(event);
  return wrapped;
}

import { createEventWriter, type Pool } from '@snoop/snoopdb';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createHub, type Hub, type HubOptions } from '../../../src/ui/hub/hub.ts';
import { livePath, type LivePosition, type LiveState, type ServerMessage } from '../../../src/ui/live/messages.ts';
import { createPageServer, listen } from '../../../src/ui/page-server.ts';
import { applyFrame, applyState, emptyModel, type LiveModel } from '../../../web/src/live/live-model.ts';

/** A hub behind a server, until the test ends. */
export interface ServedHub {
  readonly hub: Hub;
  readonly url: string;
  /** The most bytes that waited for one page. */
  readonly mostWaiting: () => number;
}

export async function serveHub(options: Pick<HubOptions, 'getPool'> & Partial<HubOptions>): Promise<ServedHub> {
  const hub = createHub({ readRuns: async () => null, ...options });
  let mostWaiting = 0;
  const sockets = new Set<WebSocket>();
  const server = createPageServer({
    answer: (_request, response) => response.writeHead(404).end(),
    checkUpgrade: () => null,
    countLive: () => hub.clients,
    onLive(socket) {
      sockets.add(socket);
      hub.add(socket);
    },
  });
  const measuring = setInterval(() => {
    for (const { bufferedAmount } of sockets) mostWaiting = Math.max(mostWaiting, bufferedAmount);
  }, 5);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    clearInterval(measuring);
    server.close();
    await hub.close();
  });
  return { hub, url: `http://127.0.0.1:${port}/`, mostWaiting: () => mostWaiting };
}

export interface LivePage {
  readonly socket: WebSocket;
  /** What it knows, by the rules of the page. */
  readonly model: () => LiveModel;
  /** The numbers of all rows that it was sent, in their order. */
  readonly numbers: number[];
  readonly auditIds: (string | null)[];
  readonly messages: ServerMessage[];
  readonly states: LiveState[];
  /** Confirms what it did not confirm; from then on, it confirms everything. */
  confirm(): void;
  close(): void;
}

export interface PageOptions {
  readonly rows?: boolean;
  readonly all?: boolean;
  readonly at?: LivePosition | null;
  /** Goes on from what another page knew. */
  readonly model?: LiveModel;
  readonly confirms?: boolean;
}

/** Opens a page's connection, and waits for its first state unless it goes on from a position. */
export async function openLivePage(url: string, options: PageOptions = {}): Promise<LivePage> {
  const { rows = true, all = true, at = null, confirms = true } = options;
  let model = options.model ?? emptyModel;
  let isConfirming = confirms;
  const page: LivePage = {
    socket: new WebSocket(new URL(livePath, url), { origin: new URL(url).origin }),
    model: () => model,
    ...{ numbers: [], auditIds: [], messages: [], states: [] },
    confirm() {
      isConfirming = true;
      confirm();
    },
    close: () => page.socket.terminate(),
  };
  const confirm = (): void => {
    const { number } = model.position ?? { number: 0 };
    page.socket.send(JSON.stringify({ kind: 'seen', number }));
  };
  page.socket.on('error', () => {});
  page.socket.on('message', (data) => {
    const message: ServerMessage = JSON.parse(String(data));
    page.messages.push(message);
    if (message.kind !== 'state' && message.kind !== 'frame') return;
    const next = message.kind === 'state' ? applyState(model, message) : applyFrame(model, message);
    if (next === null) throw new Error('A frame does not follow the one before.');
    model = next;
    if (message.kind === 'state') page.states.push(message);
    for (const row of message.rows ?? []) {
      page.numbers.push(row.number);
      page.auditIds.push(row.auditId);
    }
    if (isConfirming) confirm();
  });
  onTestFinished(() => page.close());
  await new Promise<void>((resolve, reject) => {
    page.socket.once('error', reject);
    page.socket.once('open', () => {
      page.socket.send(JSON.stringify({ kind: 'want', rows, all, at }));
      if (at !== null) resolve();
    });
    page.socket.on('message', () => {
      if (model.position !== null) resolve();
    });
  });
  return page;
}

/** Stores an event for each of these requests. */
export async function storeEvents(pool: Pool, auditIds: readonly string[], agent = 'kubectl/v1.36'): Promise<void> {
  const items = auditIds.map((auditID) => ({
    ...{ level: 'Metadata', auditID, stage: 'ResponseComplete', verb: 'delete', userAgent: agent },
    requestURI: '/api/v1/namespaces/default/pods/x',
    user: { username: 'tester' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
    stageTimestamp: '2026-11-21T10:00:00.004000Z',
  }));
  const writer = createEventWriter(pool, { source: 'a cluster' });
  await writer.write(
    Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })),
  );
  await writer.close();
}

import { setTimeout as wait } from 'node:timers/promises';
import { choosePort } from '../control-plane/ports.ts';
import type { Environment } from '../environment.ts';
import { listNodes } from './docker.ts';
import type { Tools } from './docker.ts';
import { openForward } from './forward.ts';
import { keepPage } from './keep-page.ts';
import { readKindState } from './state.ts';

/** A message from a forward to the `snoop up` that started it. */
export interface ForwardMessage {
  readonly kind: 'listening';
  readonly port: number;
  /** Of the page, which is served when SnoopDB's address is recorded. */
  readonly pagePort: number;
}

export interface KeepForwardOptions {
  /** The state folder. */
  readonly folder: string;
  readonly node: string;
  readonly port: number | null;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  send(message: ForwardMessage): void;
  log(text: string): void;
}

const pollMs = 1_000;
/** Only needed for a cluster that was deleted manually. */
const pollsPerNodeCheck = 60;

/** Forwards SnoopDB until the signal is aborted or the cluster is removed. */
export async function keepForward(options: KeepForwardOptions): Promise<void> {
  const { folder, node, port, environment, signal, send, log } = options;
  const createdAt = readKindState(folder)?.createdAt;
  // A client that keeps retrying must not fill the disk with the same line.
  let lastText = '';
  const logOnce = (text: string): void => {
    if (text !== lastText) log(text);
    lastText = text;
  };
  const forward = await openForward({ node, port, env: environment.forPrograms, log: logOnce });
  log(`forwarding SnoopDB of ${node} to 127.0.0.1:${forward.port}`);
  const pagePort = await choosePort(readKindState(folder)?.ui?.port);
  send({ kind: 'listening', port: forward.port, pagePort });
  const page = keepPage(folder, pagePort, log);
  const tools: Tools = { environment, signal };
  try {
    for (let poll = 1; ; poll += 1) {
      await wait(pollMs, undefined, { signal });
      const state = tryReadState(folder);
      if (state === null || state.createdAt !== createdAt || state.phase === 'deleting') break;
      page.serve(state.snoopdb?.url ?? null);
      if (poll % pollsPerNodeCheck === 0 && (await isNodeDeleted(tools, state.name, node))) break;
    }
    log('its cluster was deleted');
  } catch (error) {
    if (!signal.aborted) throw error;
    log('stopped');
  } finally {
    await page.stop();
    await forward.close();
  }
}

function tryReadState(folder: string): ReturnType<typeof readKindState> {
  try {
    return readKindState(folder);
  } catch {
    return null;
  }
}

/** False while Docker is unavailable or restarts. */
async function isNodeDeleted(tools: Tools, cluster: string, node: string): Promise<boolean> {
  try {
    return (await listNodes(tools, cluster)).every(({ name }) => name !== node);
  } catch {
    tools.signal.throwIfAborted();
    return false;
  }
}

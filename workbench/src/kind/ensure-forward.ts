import { isAlive, withPool } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { ClusterApi } from './cluster-api.ts';
import type { Tools } from './docker.ts';
import { startForwarder, stopForwarder } from './forwarder-process.ts';
import { formatSnoopDbUrl, readPassword } from './snoopdb-address.ts';
import type { KindState } from './state.ts';
import { waitUntil } from './wait-until.ts';

/** The kubelet retries a missing image after up to a minute; then the database is created. */
const snoopdbWithinMs = 180_000;
const requestTimeoutMs = 3_000;

export interface Forwarded {
  readonly url: string;
  readonly forwarder: ProcessIdentity;
}

/**
 * Waits until SnoopDB on the first control plane answers through a forward; a running forward is kept.
 *
 * @param note records changes at once
 */
export async function ensureForward(
  tools: Tools,
  { folder, api, update }: { folder: string; api: ClusterApi; update: (detail: string) => void },
  state: KindState,
  note: (change: Partial<KindState>) => void,
): Promise<Forwarded> {
  const [node] = state.controlPlanes;
  if (node === undefined) throw new SnoopError('not_ready', `The cluster '${state.name}' has no control plane.`);
  const waiting = {
    api,
    cluster: state.name,
    signal: tools.signal,
    withinMs: snoopdbWithinMs,
    update,
    failure: `SnoopDB on the node ${node} is not ready.`,
    advice: [
      `'docker exec ${node} crictl ps --all' shows its containers, 'docker exec ${node} crictl logs ID' their logs.`,
    ],
  };
  const password = await waitUntil(() => readPassword(tools, node), waiting);
  const { port, forwarder } = await keepOrStart(tools, folder, node, state, password, note);
  const url = formatSnoopDbUrl(password, port);
  await waitUntil(() => canConnect(url), waiting);
  return { url, forwarder };
}

async function keepOrStart(
  tools: Tools,
  folder: string,
  node: string,
  { forwarder, snoopdb }: KindState,
  password: string,
  note: (change: Partial<KindState>) => void,
): Promise<{ port: number; forwarder: ProcessIdentity }> {
  if (forwarder && snoopdb && isAlive(forwarder)) {
    const url = formatSnoopDbUrl(password, snoopdb.port);
    // If the node's files were lost, the password is a new one.
    if (url !== snoopdb.url) note({ snoopdb: { url, port: snoopdb.port } });
    return { port: snoopdb.port, forwarder };
  }
  await stopForwarder(forwarder);
  const started = await startForwarder(folder, node, snoopdb?.port ?? null, tools.environment.forPrograms);
  const { identity, port, pagePort } = started;
  try {
    const snoopdb = { url: formatSnoopDbUrl(password, port), port };
    note({ forwarder: identity, snoopdb, ui: { port: pagePort } });
  } catch (error) {
    // It could not be found again, and this program would wait for it.
    await stopForwarder(identity);
    throw error;
  }
  started.accept();
  return { port, forwarder: identity };
}

async function canConnect(url: string): Promise<true | null> {
  const options = { applicationName: 'snoop up', max: 1, connectTimeoutMs: requestTimeoutMs };
  const asked = withPool(url, options, (pool) => pool.query('select 1'));
  return asked.then(
    () => true,
    () => null,
  );
}

import type { Pool } from '@snoop/snoopdb';
import { version } from '../version.ts';
import { type AccessRules, checkUpgrade } from './access/access.ts';
import { formatPageUrl, type ListenAddress } from './access/listen-address.ts';
import { TokenGate } from './access/token.ts';
import { createUi } from './app.ts';
import { createHub, type HubOptions } from './hub/hub.ts';
import { createPageServer, listen } from './page-server.ts';
import { readAssets } from './page/assets.ts';

export interface ServeOptions extends Pick<HubOptions, 'getNote' | 'readRuns'> {
  readonly getPool: () => Pool;
  readonly address: ListenAddress;
  /** null: who can reach the address may see the page. */
  readonly token: string | null;
  /** Logs what is wrong here, not in a request. */
  readonly log: (text: string) => void;
}

export interface RunningUi {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the page and what happens live.
 *
 * @throws SnoopError `port_in_use`; `missing_program_file` if the page is not built
 */
export async function serveUi({ address, token, log, ...options }: ServeOptions): Promise<RunningUi> {
  const assets = await readAssets();
  const rules: AccessRules = { listen: address, gate: token === null ? null : new TokenGate(token) };
  const app = createUi({ getPool: options.getPool, assets, version, rules, log });
  const hub = createHub(options);
  const server = createPageServer({
    answer: app,
    checkUpgrade: (request) => checkUpgrade(request, rules),
    onLive: (socket) => hub.add(socket),
    countLive: () => hub.clients,
  });
  const port = await listen(server, address).catch(async (error: unknown) => {
    await hub.close();
    throw error;
  });
  return {
    url: formatPageUrl({ host: address.host, port }),
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await hub.close();
      await closed;
    },
  };
}

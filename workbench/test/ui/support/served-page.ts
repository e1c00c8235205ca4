import type { Pool } from '@snoop/snoopdb';
import { serveUi } from '../../../src/ui/serve.ts';

export interface ServedPage {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page of a database, as `snoop ui` does. */
export async function servePage(getPool: () => Pool): Promise<ServedPage> {
  const { url, close } = await serveUi({
    getPool,
    getNote: () => null,
    readRuns: async () => [],
    address: { host: '127.0.0.1', port: 0 },
    token: null,
    log: () => {},
  });
  return { url, close };
}

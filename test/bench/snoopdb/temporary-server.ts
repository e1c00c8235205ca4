import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireEmbeddedServer, openPool, type Pool, purgeEmbeddedServer } from '@snoop/snoopdb';

/** A PostgreSQL of one's own with the settings that people have. */
export interface TemporaryServer {
  readonly url: string;
  /** Makes an empty database, or a copy of one that nobody uses, and opens it. */
  createDatabase(name: string, copyOf?: string): Promise<Pool>;
  /** Opens it once more. */
  openDatabase(name: string): Pool;
  /** Closes every connection, stops the server and removes all it had. */
  remove(): Promise<void>;
}

export async function startTemporaryServer(): Promise<TemporaryServer> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-'));
  // PostgreSQL may run as another user, who must find the way.
  await chmod(folder, 0o755);
  const pools: Pool[] = [];
  const purge = async (): Promise<void> => {
    await purgeEmbeddedServer(folder);
    await rm(folder, { recursive: true, force: true });
  };
  const onSignal = (): void => void purge().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const remove = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.ended || pool.end()));
    await purge();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  try {
    const { url } = await acquireEmbeddedServer({ folder, user: 'npm run bench' });
    const administration = openPool(url, { applicationName: 'npm run bench', max: 1 });
    pools.push(administration);
    const openDatabase = (name: string): Pool => {
      const address = Object.assign(new URL(url), { pathname: `/${name}` }).href;
      const pool = openPool(address, { applicationName: 'npm run bench', max: 4 });
      pools.push(pool);
      return pool;
    };
    return {
      url,
      async createDatabase(name, copyOf) {
        await administration.query(`create database ${name}${copyOf === undefined ? '' : ` template ${copyOf}`}`);
        return openDatabase(name);
      },
      openDatabase,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireEmbeddedServer, inspectEmbeddedServer, openPool, type Pool, purgeEmbeddedServer } from '@snoop/snoopdb';

/** A temporary PostgreSQL with common settings. */
export interface TemporaryServer {
  readonly url: string;
  /** The process that all others of this PostgreSQL are children of. */
  readonly postmaster: number;
  /** Makes an empty database, or a copy of one that nobody uses, and opens it. */
  createDatabase(name: string, copyOf?: string): Promise<Pool>;
  /** Opens it once more. */
  openDatabase(name: string): Pool;
  /** Writes to disk what was done so far, so that what is measured next need not. */
  checkpoint(): Promise<void>;
  /** Changes settings that need no new start, also those that only a superuser may. */
  configure(settings: Readonly<Record<string, number | string>>): Promise<void>;
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
    const { url, dataFolder } = await acquireEmbeddedServer({ folder, user: 'npm run bench' });
    const postmaster = (await inspectEmbeddedServer(folder))?.pid;
    if (typeof postmaster !== 'number') throw new Error(`The temporary PostgreSQL in ${folder} does not run.`);
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
      postmaster,
      async createDatabase(name, copyOf) {
        await administration.query(`create database ${name}${copyOf === undefined ? '' : ` template ${copyOf}`}`);
        return openDatabase(name);
      },
      openDatabase,
      async checkpoint() {
        // CHECKPOINT itself is for superusers; a database that is copied file by file begins with one.
        await administration.query('create database checkpoint template template0 strategy file_copy');
        await administration.query('drop database checkpoint');
      },
      async configure(settings) {
        const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
        await appendFile(join(dataFolder, 'postgresql.conf'), lines.join(''));
        process.kill(postmaster, 'SIGHUP');
        const applied = `select count(*)::integer as count from pg_settings as now, jsonb_each_text($1::jsonb) as wanted
          where now.name = wanted.key and now.setting = wanted.value`;
        for (let tries = 0; ; tries += 1) {
          const { rows } = await administration.query<{ count: number }>(applied, [JSON.stringify(settings)]);
          if (rows[0]?.count === lines.length) return;
          if (tries === 100) throw new Error(`PostgreSQL does not take over: ${lines.join(', ')}`);
          await wait(20);
        }
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

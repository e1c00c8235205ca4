import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { listShippedReleases, loadBaseline, migrate, type Pool, useNearestBaseline } from '@snoop/snoopdb';
import { startTemporaryServer } from '../measurement/temporary-server.ts';

const program = fileURLToPath(new URL('../../../workbench/bin/snoop.js', import.meta.url));

export interface LoadedReleases {
  readonly pool: Pool;
  readonly databaseUrl: string;
  /** Runs snoop on this database to its end. @returns stdout. @throws if it fails */
  run(args: readonly string[]): Promise<string>;
  /** Starts `snoop ui` on this database; it ends with the work. */
  serve(): Promise<ServedPage>;
}

export interface ServedPage {
  readonly url: string;
  readonly pid: number;
}

/** Provides a SnoopDB with all releases that ship. */
export async function withReleases<T>(work: (releases: LoadedReleases) => Promise<T>): Promise<T> {
  const server = await startTemporaryServer();
  const ends: (() => Promise<void>)[] = [];
  try {
    const pool = await server.createDatabase('page');
    await migrate(pool);
    for (const release of await listShippedReleases()) await loadBaseline(pool, release);
    await useNearestBaseline(pool, '1.36.0');
    const databaseUrl = server.url.replace(/\/[^/]*$/, '/page');
    const start = (args: readonly string[]) =>
      spawn(process.execPath, [program, ...args, '--database-url', databaseUrl], { stdio: ['ignore', 'pipe', 'pipe'] });
    return await work({
      pool,
      databaseUrl,
      async run(args) {
        const child = start(args);
        const said = { stdout: '', stderr: '' };
        child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
        const code = await new Promise((resolve) => child.once('close', resolve));
        if (code !== 0) throw new Error(`snoop ${args.join(' ')} ended with ${code}: ${said.stderr}`);
        return said.stdout;
      },
      async serve() {
        const child = start(['ui', '--port', '0']);
        const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
        ends.push(async () => {
          child.kill('SIGTERM');
          await ended;
        });
        const url = await new Promise<string>((resolve, reject) => {
          let text = '';
          child.stdout.setEncoding('utf8').on('data', (part: string) => {
            text += part;
            const found = /http:\S+/.exec(text)?.[0];
            if (found !== undefined) resolve(found);
          });
          child.once('close', (code) => reject(new Error(`snoop ui ended with ${code}.`)));
        });
        if (child.pid === undefined) throw new Error('snoop ui has no process id.');
        return { url, pid: child.pid };
      },
    });
  } finally {
    for (const end of ends) await end();
    await server.remove();
  }
}

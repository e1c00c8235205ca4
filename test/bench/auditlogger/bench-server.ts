import { loadBaseline, migrate, type Pool, useBaseline } from '@snoop/snoopdb';
import type { KnownEndpoint } from '../measurement/made-events.ts';
import { startTemporaryServer, type TemporaryServer } from '../measurement/temporary-server.ts';
import type { Sent } from './sending/order.ts';

const release = '1.36.0';

/** A PostgreSQL whose databases are ready for events. */
export interface BenchServer extends Pick<TemporaryServer, 'postmaster' | 'checkpoint' | 'configure' | 'remove'> {
  /** What there is to send events about. */
  readonly endpoints: readonly KnownEndpoint[];
  /** Makes a database that has a baseline and no events. */
  createDatabase(name: string): Promise<{ pool: Pool; url: string }>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const server = await startTemporaryServer();
  try {
    const template = await server.createDatabase('empty_snoopdb');
    await migrate(template);
    await loadBaseline(template, release);
    await useBaseline(template, release);
    const { rows: endpoints } = await template.query<KnownEndpoint>(
      `select path, method, k8s_action as action from public.open_api where release = $1 and not deprecated order by endpoint`,
      [release],
    );
    const settings = await template.query<{ fsync: string }>(`select current_setting('fsync') as fsync`);
    if (settings.rows[0]?.fsync !== 'on')
      throw new Error('The temporary PostgreSQL does not fsync: that says nothing.');
    // A database can be copied as long as nobody is connected to it.
    await template.end();
    return {
      postmaster: server.postmaster,
      checkpoint: server.checkpoint,
      configure: server.configure,
      endpoints,
      async createDatabase(name) {
        const pool = await server.createDatabase(name, 'empty_snoopdb');
        return { pool, url: Object.assign(new URL(server.url), { pathname: `/${name}` }).href };
      },
      remove: server.remove,
    };
  } catch (error) {
    await server.remove();
    throw error;
  }
}

/**
 * Checks that a database holds all that was sent to it, each event once and each with its endpoint.
 * @throws Error that says what differs
 */
export async function checkStored(pool: Pool, jobs: readonly Sent[]): Promise<void> {
  const { rows } = await pool.query<{ found: Record<string, number> }>(
    `select json_build_object(
       'rows', count(*),
       'events', count(distinct left(audit_id, 8)),
       'ofThose', count(distinct left(audit_id, 8)) filter (where exists (
          select from jsonb_to_recordset($1::jsonb) as job (first bigint, events bigint)
           where ('x' || left(audit_id, 8))::bit(32)::bigint between first and first + events - 1)),
       'unresolved', count(*) filter (where endpoint is null),
       'bodies', (select count(*) from testing.body_ledger),
       'rejected', (select count(*) from testing.rejected_event)) as found
     from testing.held_event`,
    [JSON.stringify(jobs.map(({ firstNumber, events }) => ({ first: firstNumber, events })))],
  );
  const sum = (of: (job: Sent) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  const events = sum((job) => job.events);
  const wanted = {
    rows: events,
    events,
    ofThose: events,
    unresolved: 0,
    bodies: sum((job) => job.bodies),
    rejected: 0,
  };
  if (JSON.stringify(rows[0]?.found) !== JSON.stringify(wanted)) {
    throw new Error(`Sent: ${JSON.stringify(wanted)}; stored: ${JSON.stringify(rows[0]?.found)}`);
  }
}

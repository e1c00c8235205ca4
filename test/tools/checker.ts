import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from '@snoop/snoopdb';
import { withTransaction } from '@snoop/snoopdb';
import { from as copyFrom } from 'pg-copy-streams';
import { cutSentEvents, type EventBytes } from './sent-events.ts';

/**
 * Checks what every test that moves events must keep: acknowledged ⊆ stored + rejected; nothing is stored twice; nothing
 * is stored that was not sent; stored events are equal to the sent ones. A body is stored completely or not at all, and
 * the hits are those that the events prove.
 */
export interface Checker {
  /** Call it before sending a body, which need not be JSON. The same body may be sent several times. */
  sent(body: string | Buffer, source?: string): void;
  /** The body was answered 200. */
  acknowledged(body: string | Buffer, source?: string): void;
  /** @throws Error with the first violations of each kind */
  check(pool: Pool): Promise<void>;
}

interface SentBody {
  readonly source: string;
  /** null: not a list of events, nothing of it may be stored. */
  readonly events: readonly EventBytes[] | null;
  acknowledged: boolean;
}

interface Violations {
  readonly what: string;
  readonly total: number;
  readonly first: readonly string[];
}

const shown = 3;
const sql = readFileSync(new URL('checker.sql', import.meta.url), 'utf8');

export function createChecker(): Checker {
  const bodies = new Map<string, SentBody>();
  const keyOf = (body: string | Buffer, source: string): string =>
    `${createHash('sha256').update(body).digest('base64')} ${source}`;

  return {
    sent(body, source = 'cluster') {
      const key = keyOf(body, source);
      if (bodies.has(key)) return;
      bodies.set(key, { source, events: cutSentEvents(Buffer.from(body)), acknowledged: false });
    },
    acknowledged(body, source = 'cluster') {
      const known = bodies.get(keyOf(body, source));
      if (known === undefined) throw new Error('A body was acknowledged that was not reported as sent.');
      known.acknowledged = true;
    },
    async check(pool) {
      const sent = [...bodies.values()];
      const found = await withTransaction(pool, async (client) => {
        await giveSent(client, sent);
        await client.query(sql);
        return [
          await findLost(client, sent),
          await findTwice(client, sent),
          await findForeign(client),
          await findHalves(client, sent),
          await findWrongHits(client),
        ];
      });
      const violations = [...found, findUnreadable(sent)].filter(({ total }) => total > 0);
      if (violations.length > 0) throw new Error(describe(violations, sent));
    },
  };
}

function describe(violations: readonly Violations[], sent: readonly SentBody[]): string {
  const acknowledged = sent.filter((body) => body.acknowledged).length;
  const lines = violations.flatMap(({ what, total, first }) => [
    `${total} ${what}:`,
    ...first.map((one) => `  ${one}`),
  ]);
  return [`Of ${sent.length} bodies sent ${acknowledged} were acknowledged.`, ...lines].join('\n');
}

function findUnreadable(sent: readonly SentBody[]): Violations {
  const wrong = sent.filter(({ events, acknowledged }) => acknowledged && events === null);
  return { what: 'acknowledged bodies that are not lists of events', total: wrong.length, first: [] };
}

async function findLost(client: PoolClient, sent: readonly SentBody[]): Promise<Violations> {
  const { rows } = await client.query<{ total: number; missing: number; body: number; item: number }>(
    `select sum(least - there) over ()::int as total, (least - there)::int as missing, body, item from compared
      where there < least order by body, item limit ${shown}`,
  );
  return {
    what: 'events acknowledged and lost',
    total: rows[0]?.total ?? 0,
    first: rows.map(({ body, item, missing }) => `${missing} × ${quoteSent(sent, body, item)}`),
  };
}

async function findTwice(client: PoolClient, sent: readonly SentBody[]): Promise<Violations> {
  const { rows } = await client.query<{
    total: number;
    there: number;
    most: number;
    place: string;
    body: number;
    item: number;
  }>(
    `select sum(there - most) over ()::int as total, there::int, most::int, place, body, item from compared
      where there > most and most > 0 order by body, item limit ${shown}`,
  );
  return {
    what: 'events too many',
    total: rows[0]?.total ?? 0,
    first: rows.map(
      ({ there, most, place, body, item }) =>
        `sent in ${most}, found ${there} times (${place}): ${quoteSent(sent, body, item)}`,
    ),
  };
}

async function findForeign(client: PoolClient): Promise<Violations> {
  const { rows } = await client.query<{
    total: number;
    there: number;
    place: string;
    source: string;
    sample: string;
    known: boolean;
  }>(
    `select total, there, foreign_event.place, source, sample,
            exists (select from sent where audit_id <> '' and position(convert_to(audit_id, 'UTF8') in raw) > 0) as known
       from (select sum(there) over ()::int as total, there::int, place, source, id
               from compared where most = 0 order by id limit ${shown}) as foreign_event
       join (select 'stored' as place, id, audit_id, left(data::text, 300) as sample from testing.audit_event
              union all
             select 'rejected', id, audit_id, encode(substr(raw, 1, 300), 'escape') from testing.rejected_event)
         as kept on kept.id = foreign_event.id and starts_with(foreign_event.place, kept.place)`,
  );
  return {
    what: 'events that were not sent like that',
    total: rows[0]?.total ?? 0,
    first: rows.map(
      ({ there, place, source, sample, known }) =>
        `${there} × ${place} of ${source}${known ? ', changed, or of another source: its auditID was sent' : ''}: ${sample}`,
    ),
  };
}

/** A body is one transaction. Events that are in several bodies prove nothing about any. */
async function findHalves(client: PoolClient, sent: readonly SentBody[]): Promise<Violations> {
  const { rows } = await client.query<{ total: number; body: number; there: number; items: number }>(
    `select count(*) over ()::int as total, body, there, items
       from (select expected.body, count(*)::int as items, count(*) filter (where there > 0)::int as there
               from expected join compared using (source, digest)
              where most = 1 and not acknowledged group by expected.body) as counted
      where there between 1 and items - 1 order by body limit ${shown}`,
  );
  return {
    what: 'bodies stored by half',
    total: rows[0]?.total ?? 0,
    first: rows.map(({ body, there, items }) => `${there} of ${items}, the first: ${quoteSent(sent, body, 0)}`),
  };
}

async function findWrongHits(client: PoolClient): Promise<Violations> {
  const { rows } = await client.query<{ total: number; line: string }>(
    `select count(*) over ()::int as total, concat_ws(' ', what || ':', source, endpoint, agent, '--', test) as line
       from wrong_hit order by 2 limit ${shown}`,
  );
  return { what: 'wrong hits', total: rows[0]?.total ?? 0, first: rows.map(({ line }) => line) };
}

function quoteSent(sent: readonly SentBody[], body: number, item: number): string {
  const { source, events } = sent[body] ?? { source: '?', events: null };
  return `event ${item} of body ${body} of ${source}: ${events?.[item]?.toString('utf8', 0, 300) ?? '?'}`;
}

/** Into a table of this transaction, as raw bytes. */
async function giveSent(client: PoolClient, sent: readonly SentBody[]): Promise<void> {
  await client.query(
    'create temporary table sent (body integer, item integer, source text, acknowledged boolean, raw bytea) on commit drop',
  );
  await pipeline(Readable.from(encodeSent(sent)), client.query(copyFrom('copy sent from stdin (format binary)')));
  await client.query('analyze sent');
}

/** Larger than this, an event goes out as it is, without a copy. */
const pieceBytes = 256 * 1024;

/** PostgreSQL's binary COPY format, which takes bytes as they are; in pieces, as each of them costs a turn. */
function* encodeSent(sent: readonly SentBody[]): Generator<Buffer> {
  let pieces: Buffer[] = [Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')];
  let bytes = 0;
  for (const [body, { source, events, acknowledged }] of sent.entries()) {
    const name = Buffer.from(source);
    for (const [item, raw] of (events ?? []).entries()) {
      const head = Buffer.alloc(2 + 8 + 8 + 4 + name.length + 5 + 4);
      let at = head.writeInt16BE(5, 0);
      for (const number of [body, item]) at = head.writeInt32BE(number, head.writeInt32BE(4, at));
      at = head.writeInt32BE(name.length, at);
      at += name.copy(head, at);
      at = head.writeUInt8(acknowledged ? 1 : 0, head.writeInt32BE(1, at));
      head.writeInt32BE(raw.length, at);
      const isLarge = raw.length > pieceBytes;
      pieces.push(head, ...(isLarge ? [] : [raw]));
      bytes += raw.length;
      if (bytes > pieceBytes) {
        yield Buffer.concat(pieces);
        pieces = [];
        bytes = 0;
      }
      if (isLarge) yield raw;
    }
  }
  yield Buffer.concat([...pieces, Buffer.from([0xff, 0xff])]);
}

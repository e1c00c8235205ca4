import pg from 'pg';
import type { ReceivedBody } from '../events/received-body.ts';

/** A row that {@link createLedgerInsert} returns. */
export interface LedgerRow {
  sha256: Buffer;
}

/**
 * The statement that inserts bodies into the ledger, in the order of their hashes to avoid deadlocks. It waits for
 * other connections that are storing one of them, and returns the hashes that were new; {@link findInserted} reads
 * them.
 */
export function createLedgerInsert(bodies: readonly ReceivedBody[], source: string): string {
  const name = pg.escapeLiteral(source);
  const rows = bodies
    .map(({ sha256, eventCount, bytes }) => ({ hash: sha256.toString('hex'), eventCount, size: bytes.length }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ hash, eventCount, size }) => `(${name}, '\\x${hash}', ${eventCount}, ${size})`);
  return `insert into testing.body_ledger (source, sha256, events, bytes) values ${rows.join(', ')}
    on conflict do nothing returning sha256`;
}

/** The bodies that were new in the ledger. */
export function findInserted(bodies: readonly ReceivedBody[], rows: readonly LedgerRow[]): ReceivedBody[] {
  const entered = new Set(rows.map(({ sha256 }) => sha256.toString('latin1')));
  return bodies.filter(({ sha256 }) => entered.has(sha256.toString('latin1')));
}

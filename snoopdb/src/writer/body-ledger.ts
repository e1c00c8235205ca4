import pg from 'pg';
import type { ReceivedBody } from '../events/received-body.ts';

/** A row that {@link enterLedger} answers with. */
export interface LedgerRow {
  sha256: Buffer;
}

/**
 * The statement that notes bodies in the ledger, in the order of their hashes: two writers could wait for each other
 * otherwise. Where another connection is just storing one of them, it waits for the end of that. It answers with the
 * hashes of those that were not there; {@link findEntered} reads them.
 */
export function enterLedger(bodies: readonly ReceivedBody[], source: string): string {
  const name = pg.escapeLiteral(source);
  const rows = bodies
    .map(({ sha256, eventCount, bytes }) => ({ hash: sha256.toString('hex'), eventCount, size: bytes.length }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ hash, eventCount, size }) => `(${name}, '\\x${hash}', ${eventCount}, ${size})`);
  return `insert into testing.body_ledger (source, sha256, events, bytes) values ${rows.join(', ')}
    on conflict do nothing returning sha256`;
}

/** The bodies that were not in the ledger before. */
export function findEntered(bodies: readonly ReceivedBody[], rows: readonly LedgerRow[]): ReceivedBody[] {
  const entered = new Set(rows.map(({ sha256 }) => sha256.toString('latin1')));
  return bodies.filter(({ sha256 }) => entered.has(sha256.toString('latin1')));
}

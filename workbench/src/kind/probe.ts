import { randomUUID } from 'node:crypto';
import { isDatabaseAway } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterApi } from './cluster-api.ts';

const requestTimeoutMs = 5_000;
/** The API server may drop a probe's batch after some tries, so a new probe is sent now and then. */
const nextProbeMs = 10_000;

/** Sends requests with known audit ids and checks whether SnoopDB has one of them. */
export interface Probe {
  /** null: not yet. */
  check(): Promise<true | null>;
}

/** @param pool the SnoopDB where they should arrive */
export function startProbe({ ownKubeConfig }: ClusterApi, pool: Pool): Probe {
  const auditIds: string[] = [];
  let sentAt = Number.NEGATIVE_INFINITY;
  const send = async (): Promise<void> => {
    const auditId = randomUUID();
    const headers = { 'Audit-ID': auditId };
    await sendRaw(ownKubeConfig, { path: '/version', headers, timeoutMs: requestTimeoutMs });
    auditIds.push(auditId);
  };
  return {
    async check() {
      if (performance.now() - sentAt > nextProbeMs) {
        sentAt = performance.now();
        // If the API is away, the next probe tries again.
        await send().catch(() => {});
      }
      try {
        const { rows } = await pool.query('select from testing.audit_event where audit_id = any($1) limit 1', [
          auditIds,
        ]);
        return rows.length > 0 ? true : null;
      } catch (error) {
        // SnoopDB's container may just be restarting.
        if (isDatabaseAway(error)) return null;
        throw error;
      }
    },
  };
}

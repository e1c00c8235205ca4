import { randomUUID } from 'node:crypto';
import { isDatabaseAway } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterApi } from './cluster-api.ts';

const requestTimeoutMs = 5_000;
/** The API server gives a batch up after some tries, so that one probe might never arrive: every so often another is sent. */
const nextProbeMs = 10_000;

/** Sends requests with audit ids of our choice and looks whether SnoopDB has seen one of them. */
export interface Probe {
  /** null: not yet. */
  check(): Promise<true | null>;
}

/** @param pool the SnoopDB in which they should arrive */
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
        // An API that is away for a moment is asked again by the next one.
        await send().catch(() => {});
      }
      try {
        const { rows } = await pool.query('select from testing.audit_event where audit_id = any($1) limit 1', [
          auditIds,
        ]);
        return rows.length > 0 ? true : null;
      } catch (error) {
        // Its container may be started anew in between; the cluster need not go for that.
        if (isDatabaseAway(error)) return null;
        throw error;
      }
    },
  };
}

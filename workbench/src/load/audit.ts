import { loadAuditLog, requireRelease } from '@snoop/snoopdb';
import type { LoadInput, LoadNote, Pool } from '@snoop/snoopdb';
import type { Loading } from './request.ts';

/** Loads audit logs one after the other, with a bar; the first that fails ends it. */
export async function loadAudit({
  request: { flags },
  context: { progress, signal },
  pool,
  done,
  inputs,
}: Loading & { readonly inputs: readonly LoadInput[] }): Promise<void> {
  const { source } = flags;
  // All of them, before the first is loaded: a name that does not say its release is wrong use.
  const known = inputs.map((input) => ({ input, release: requireRelease(input.name, flags.release) }));
  for (const { input, release } of known) {
    signal.throwIfAborted();
    const loaded = await progress.bar(`loading ${input.name}`, (onProgress) =>
      loadAuditLog(pool, input, { release, onProgress, signal, ...(source !== undefined && { source }) }),
    );
    const { read, stored, resolved, putAside, skipped, before } = loaded;
    done({
      what: 'audit',
      name: loaded.name,
      release: loaded.release,
      source: loaded.source,
      read,
      stored,
      resolved,
      putAside,
      skipped,
      ...(before !== null && { before }),
      notes: await explainPutAside(pool, loaded.file, putAside),
      incomplete: null,
    });
  }
}

/** Why events were put aside, the most frequent reason first. */
async function explainPutAside(pool: Pool, file: number, putAside: number): Promise<LoadNote[]> {
  if (putAside === 0) return [];
  const found = await pool.query<{ reason: string; count: number }>(
    `select reason, count(*)::integer as count from public.rejected_event where file = $1
      group by reason order by count(*) desc, reason limit 10`,
    [file],
  );
  return found.rows.map(({ reason, count }) => ({ count, what: `put aside because of "${reason}"` }));
}

import { loadAuditLog, loadNeededReleases, requireRelease } from '@snoop/snoopdb';
import type { LoadInput, LoadNote, Pool } from '@snoop/snoopdb';
import type { Loading } from './request.ts';

/** Loads audit logs one by one, until one fails. */
export async function loadAudit({
  request: { flags },
  context: { progress, signal },
  pool,
  done,
  inputs,
}: Loading & { readonly inputs: readonly LoadInput[] }): Promise<void> {
  const { source } = flags;
  // Names without a release are wrong use, so check all before loading the first.
  const logs = inputs.map((input) => ({ input, release: requireRelease(input.name, flags.release) }));
  const needed = await loadNeededReleases(
    pool,
    logs.map(({ release }) => release),
  );
  if (needed.length > 0) progress.print(`Loaded from this program's data, for its endpoints: ${needed.join(', ')}.`);
  for (const { input, release } of logs) {
    signal.throwIfAborted();
    const loaded = await progress.bar(`loading ${input.name}`, (onProgress) =>
      loadAuditLog(pool, input, { release, onProgress, signal, ...(source !== undefined && { source }) }),
    );
    const { read, stored, resolved, rejected, skipped, before, shapes, isCut } = loaded;
    done({
      what: 'audit',
      name: loaded.name,
      release: loaded.release,
      source: loaded.source,
      read,
      stored,
      resolved,
      rejected,
      skipped,
      ...(before !== null && { before }),
      ...(skipped === 0 && { shapes }),
      notes: await explainRejected(pool, loaded.file, rejected),
      incomplete: isCut ? 'the gzip file is truncated; it was read up to the cut' : null,
    });
  }
}

/** Lists why events were rejected, the most frequent reason first, and how many of them are not stored. */
async function explainRejected(pool: Pool, file: number, rejected: number): Promise<LoadNote[]> {
  if (rejected === 0) return [];
  const found = await pool.query<{ reason: string; count: number; kept: number }>(
    `select reason, count(*)::integer as count, (sum(count(*)) over ())::integer as kept
       from public.rejected_event where file = $1
      group by reason order by count(*) desc, reason limit 10`,
    [file],
  );
  const notes = found.rows.map(({ reason, count }) => ({ count, what: `rejected because of "${reason}"` }));
  const beyond = rejected - (found.rows[0]?.kept ?? 0);
  if (beyond === 0) return notes;
  return [...notes, { count: beyond, what: 'rejected and only counted: only a sample of such lines is stored' }];
}

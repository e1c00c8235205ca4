import { loadAuditLog, loadNeededReleases, requireRelease } from '@snoop/snoopdb';
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
  const ready = await loadNeededReleases(
    pool,
    known.map(({ release }) => release),
  );
  if (ready.length > 0) progress.print(`Loaded before, since its endpoints are needed and ship: ${ready.join(', ')}.`);
  for (const { input, release } of known) {
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
      notes: await explainPutAside(pool, loaded.file, rejected),
      incomplete: isCut ? 'the gzip file is cut off, and what could be unpacked of it was read' : null,
    });
  }
}

/** Why events were rejected, the most frequent reason first, and how many are not stored. */
async function explainPutAside(pool: Pool, file: number, rejected: number): Promise<LoadNote[]> {
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
  return [...notes, { count: beyond, what: 'rejected and only counted, since only a sample of such lines is stored' }];
}

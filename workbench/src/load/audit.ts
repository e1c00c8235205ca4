import { loadAuditLog, loadNeededReleases, openLogArchive } from '@snoop/snoopdb';
import type { LoadInput, LoadNote, LoadProgress, Pool } from '@snoop/snoopdb';
import { count } from '../output/quantities.ts';
import type { AuditArgument } from './audit-argument.ts';
import type { Loading } from './request.ts';
import type { LoadStep } from './summary.ts';

/** The audit logs of one test run, and the release that it tested. */
export interface AuditSource extends AuditArgument {
  /** X.Y.Z */
  readonly release: string;
}

/** Loads audit logs one by one, until one fails. */
export async function loadAudit(loading: Loading & { readonly sources: readonly AuditSource[] }): Promise<void> {
  const { context, pool, sources } = loading;
  const { progress, signal } = context;
  const needed = await loadNeededReleases(
    pool,
    sources.map(({ release }) => release),
  );
  if (needed.length > 0) progress.print(`Loaded from this program's data, for its endpoints: ${needed.join(', ')}.`);
  for (const source of sources) {
    for (const input of source.inputs) {
      signal.throwIfAborted();
      await progress.bar(`loading ${input.name}`, async (onProgress) => {
        if ((await input.peek(signal)) === 'archive') await loadArchive(loading, source, input, onProgress);
        else await loadLog(loading, source, { log: input, source: input.name }, onProgress);
      });
    }
    if (source.others > 0) progress.print(describeOthers(source.name, source.others));
  }
}

/** Loads the logs in an archive under its name, in their order. */
async function loadArchive(
  loading: Loading,
  argument: AuditSource,
  input: LoadInput,
  onProgress: (progress: LoadProgress) => void,
): Promise<void> {
  const { signal, progress } = loading.context;
  let before = 0;
  let events = 0;
  const report = (): void => onProgress({ bytes: input.rawBytesRead(), totalBytes: input.bytes, events });
  const archive = openLogArchive(input, { signal, onRead: report });
  let last: { -readonly [key in keyof LoadStep]: LoadStep[key] } | null = null;
  for await (const log of archive.files) {
    last = await loadLog(loading, argument, { log, source: input.name }, (progress) => {
      events = before + progress.events;
      report();
    });
    before += last.stored;
  }
  if (archive.isCut && last !== null) last.incomplete = 'the archive is truncated; it was read up to the cut';
  if (archive.others > 0) progress.print(describeOthers(input.name, archive.others));
}

function describeOthers(name: string, others: number): string {
  return `${count(others, 'other file')} of ${name} ${others === 1 ? 'was' : 'were'} left out: not named like an audit log.`;
}

async function loadLog(
  { request: { flags }, context: { signal }, pool, done }: Loading,
  argument: AuditSource,
  { log, source }: { readonly log: LoadInput; readonly source: string },
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadStep> {
  const { release, incomplete } = argument;
  const loaded = await loadAuditLog(pool, log, {
    release,
    onProgress,
    signal,
    source: flags.source ?? argument.source ?? source,
    ...(incomplete !== null && { incomplete }),
  });
  const { read, stored, resolved, rejected, skipped, before, shapes, isCut } = loaded;
  const step: LoadStep = {
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
    incomplete: isCut ? 'the gzip file is truncated; it was read up to the cut' : incomplete,
  };
  done(step);
  return step;
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

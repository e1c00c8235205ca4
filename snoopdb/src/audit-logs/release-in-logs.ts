import { readAgentFacts } from '../events/agent-facts.ts';
import type { LoadInput } from '../inputs/input.ts';
import { compareReleases } from '../release.ts';
import { readAuditEvents } from './audit-lines.ts';
import { openLogArchive } from './log-archive.ts';

/** Unpacked; the first e2e test begins minutes after the cluster. */
const maxBytes = 512 * 2 ** 20;
/** As many events have more bytes; other content may have many short lines, and each takes time. */
const maxLines = 1_000_000;

/**
 * Finds the release in the user agents of audit logs: of the first e2e test, else the newest of the kube-apiservers. Reads at
 * most 512 MiB, or a million lines.
 *
 * @param inputs logs, or archives of them; they are opened again later, so only repeatable ones are read
 * @returns X.Y.Z; null: they name none
 * @throws SnoopDbError `unreadable_input`; the signal's reason when it is aborted
 */
export async function findReleaseInLogs(
  inputs: readonly LoadInput[],
  { signal, onBytes = () => {} }: { signal: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<string | null> {
  let bytes = 0;
  let lines = 0;
  let server: string | null = null;
  const countBytes = (piece: Buffer): void => {
    bytes += piece.length;
    onBytes(bytes);
  };
  for (const input of inputs.filter((one) => one.isRepeatable)) {
    for await (const log of listLogs(input, signal)) {
      for await (const events of readAuditEvents(log, { signal, onBytes: countBytes })) {
        lines += events.length;
        for (const { slice } of events) {
          if (slice.userAgent === null) continue;
          const { program, release } = readAgentFacts({ name: slice.userAgent });
          if (release === null) continue;
          if (program === 'e2e.test') return release;
          if (program === 'kube-apiserver' && (server === null || compareReleases(server, release) < 0))
            server = release;
        }
        if (bytes > maxBytes || lines > maxLines) return server;
      }
    }
  }
  return server;
}

/** The input, or the logs in it. */
async function* listLogs(input: LoadInput, signal: AbortSignal): AsyncGenerator<LoadInput, void, undefined> {
  if ((await input.peek(signal)) === 'archive') yield* openLogArchive(input, { signal }).files;
  else yield input;
}

import { escapeLines } from '../output/control-characters.ts';
import type { SessionRecord } from './place.ts';
import type { Session } from './session.ts';
import { readAddresses } from './tmate-ready.ts';
import type { Addresses } from './tmate-ready.ts';

/** The result of `snoop pair`. */
export interface PairAnswer {
  readonly session: SessionRecord['kind'];
  /** false: it was already running. */
  readonly started: boolean;
  readonly startedAt: string | null;
  readonly authors: readonly string[];
  readonly workFolder: string;
  /** The number of terminals on this machine that show it. */
  readonly attached: number;
  readonly tmateServer: string | null;
  /** null: a local session. */
  readonly addresses: Addresses | null;
}

export async function describePair({
  multiplexer,
  record,
  started,
}: Session & { readonly started: boolean }): Promise<PairAnswer> {
  const clients = await multiplexer.run(['list-clients', '-F', '#{client_pid}']);
  return {
    session: record.kind,
    started,
    startedAt: record.startedAt,
    authors: record.authors,
    workFolder: record.workFolder,
    attached: clients.split('\n').filter((pid) => pid !== '').length,
    tmateServer: record.tmateServer,
    addresses: record.kind === 'tmate' ? await readAddresses(multiplexer) : null,
  };
}

/** Formats the answer for a terminal, the only place for the addresses. */
export function printPair({ addresses, attached, tmateServer, workFolder }: PairAnswer): string {
  // Includes terminals whose connection broke; their size still counts.
  const others = `${attached} ${attached === 1 ? 'terminal shows' : 'terminals show'} it already (Ctrl-b D lists and detaches them).\n`;
  const here = attached === 0 ? '' : others;
  if (addresses === null) return escapeLines(`The shared session on ${workFolder}: 'snoop pair' joins it.\n${here}`);
  const lines = [
    ['ssh', addresses.ssh],
    ['web', addresses.web],
    ['ssh, read only', addresses.sshReadOnly],
    ['web, read only', addresses.webReadOnly],
  ] as const;
  const known = lines.flatMap(([name, address]) => (address === null ? [] : [`  ${name.padEnd(16)}${address}`]));
  return escapeLines(
    `The shared session on ${workFolder}, through the tmate server ${tmateServer}:\n${known.join('\n')}\n${here}`,
  );
}

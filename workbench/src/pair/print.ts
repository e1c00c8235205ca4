import { escapeLines } from '../output/control-characters.ts';
import type { SessionRecord } from './place.ts';
import type { Session } from './session.ts';
import { readAddresses } from './tmate-ready.ts';
import type { Addresses } from './tmate-ready.ts';

/** What `snoop pair` answers. */
export interface PairAnswer {
  readonly session: SessionRecord['kind'];
  /** false: it ran already. */
  readonly started: boolean;
  readonly startedAt: string | null;
  readonly authors: readonly string[];
  readonly workFolder: string;
  /** How many terminals on this machine show it now. */
  readonly attached: number;
  readonly tmateServer: string | null;
  /** null: a local session has none. */
  readonly addresses: Addresses | null;
}

/** Asks a session for what is answered about it. */
export async function describePair({
  multiplexer,
  record,
  started,
}: Session & { readonly started: boolean }): Promise<PairAnswer> {
  const clients = await multiplexer.tell(['list-clients', '-F', '#{client_pid}']);
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

/** For the terminal, which is the only place where the addresses may stand. */
export function printPair({ addresses, attached, tmateServer, workFolder }: PairAnswer): string {
  // A terminal whose connection broke may stay among them, and its size counts.
  const others = `${attached} ${attached === 1 ? 'terminal shows' : 'terminals show'} it already (Ctrl-b D lists them and detaches one).\n`;
  const here = attached === 0 ? '' : others;
  if (addresses === null)
    return escapeLines(`The shared session on ${workFolder}: whoever can run 'snoop pair' here joins it.\n${here}`);
  const lines = [
    ['ssh', addresses.ssh],
    ['web', addresses.web],
    ['ssh, read only', addresses.sshReadOnly],
    ['web, read only', addresses.webReadOnly],
  ] as const;
  const given = lines.flatMap(([name, address]) => (address === null ? [] : [`  ${name.padEnd(16)}${address}`]));
  return escapeLines(
    `The shared session on ${workFolder}, through the tmate server ${tmateServer}:\n${given.join('\n')}\n${here}`,
  );
}

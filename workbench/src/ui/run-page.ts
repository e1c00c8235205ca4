import { once } from 'node:events';
import type { Context } from '../context.ts';
import type { ListenAddress } from './access/listen-address.ts';
import { RunningRuns } from './hub/running-runs.ts';
import { openServedDatabase } from './open-served.ts';
import { type RunningUi, serveUi } from './serve.ts';

export interface PageOptions {
  readonly stateFolder: string;
  readonly databaseUrl: string | undefined;
  readonly address: ListenAddress;
  readonly token: string | null;
  /** Called when the page is served. */
  readonly onReady: (ui: RunningUi) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Serves the page of a SnoopDB until the signal aborts. */
export async function runPage(
  context: Pick<Context, 'environment' | 'progress'>,
  { stateFolder, databaseUrl, address, token, onReady, signal }: PageOptions,
): Promise<void> {
  const database = await openServedDatabase(context, { stateFolder, databaseUrl });
  try {
    const runs = new RunningRuns(stateFolder);
    const ui = await serveUi({
      ...{ address, token, log: context.progress.print },
      getPool: () => database.getPool(),
      getNote: () => database.getNote(),
      readRuns: () => runs.read(),
    });
    onReady(ui);
    if (!signal.aborted) await once(signal, 'abort');
    await ui.close();
  } finally {
    await database.close();
  }
}

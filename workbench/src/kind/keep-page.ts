import { type KeptProcess, keepProcess } from '../control-plane/kept-process.ts';
import { describePage } from '../control-plane/page.ts';
import { createKindLayout } from './state.ts';

/** The page of a kind cluster, which runs beside its forward. */
export interface KeptPage {
  /** Serves the SnoopDB at this address; null: none yet. */
  serve(databaseUrl: string | null): void;
  stop(): Promise<void>;
}

/** Keeps the page running. Without it, everything else works. */
export function keepPage(stateFolder: string, port: number, log: (text: string) => void): KeptPage {
  const { pageLog } = createKindLayout(stateFolder);
  let kept: KeptProcess | null = null;
  let current: string | null = null;
  return {
    serve(databaseUrl) {
      if (databaseUrl === null || databaseUrl === current) return;
      current = databaseUrl;
      if (kept !== null) {
        kept.replace();
        return;
      }
      const describe = () => describePage({ stateFolder, port, databaseUrl: current ?? databaseUrl, logFile: pageLog });
      kept = keepProcess(describe, { started: ({ pid }) => log(`the page is process ${pid}`), crashed: log });
      const onFailure = (error: unknown): void => log(`the page is not served: ${String(error)}`);
      kept.ready.catch(() => {});
      kept.failed.catch(onFailure);
    },
    async stop() {
      await kept?.stop();
    },
  };
}

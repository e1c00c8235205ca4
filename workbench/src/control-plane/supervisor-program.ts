import { SnoopError } from '../errors.ts';
import { supervise } from './supervisor.ts';
import type { SuperviseOptions } from './supervisor.ts';

/**
 * The supervisor's side of supervisor-process.ts: reports progress to the waiting `snoop up`, and stops everything
 * when that process is gone before everything is ready.
 *
 * @returns as {@link supervise}
 */
export async function runSupervisor({ signal, ...options }: Omit<SuperviseOptions, 'send'>): Promise<boolean> {
  let isReady = false;
  const lost = new AbortController();
  const onDisconnect = (): void => {
    if (!isReady) lost.abort(new SnoopError('interrupted', "The 'snoop up' that started this is gone."));
  };
  if (process.connected) process.once('disconnect', onDisconnect);
  else onDisconnect();
  const stayed = await supervise({
    ...options,
    signal: AbortSignal.any([signal, lost.signal]),
    send(message) {
      if (message.kind === 'ready') isReady = true;
      if (process.connected) process.send?.(message);
    },
  });
  if (process.connected) process.disconnect();
  return stayed;
}

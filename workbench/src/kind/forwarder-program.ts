import { SnoopError } from '../errors.ts';
import { keepForward } from './keep-forward.ts';
import type { KeepForwardOptions } from './keep-forward.ts';

/** The forward's side of forwarder-process.ts: it ends with the `up` that started it, unless it was accepted. */
export async function runForwarder({ signal, ...options }: Omit<KeepForwardOptions, 'send'>): Promise<void> {
  let accepted = false;
  const lost = new AbortController();
  process.once('message', () => {
    accepted = true;
  });
  const onDisconnect = (): void => {
    if (!accepted) lost.abort(new SnoopError('interrupted', "The 'snoop up --kind' that started this is gone."));
  };
  if (process.connected) process.once('disconnect', onDisconnect);
  await keepForward({
    ...options,
    signal: AbortSignal.any([signal, lost.signal]),
    send: (message) => void process.send?.(message),
  });
}

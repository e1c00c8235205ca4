import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '@snoop/snoopdb';
import type { Layout } from './layout.ts';
import { createLogError } from './kept-process.ts';
import { writeState } from './state.ts';
import type { Failure, State } from './state.ts';
import type { SupervisorMessage } from './supervisor.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

/**
 * Starts the supervisor of a prepared state as a separate process and waits until everything is ready. Until then,
 * killing `up` makes the supervisor stop everything again.
 *
 * @param signal stops everything again; then its reason is thrown
 * @returns why it did not start; null when it did
 */
export async function startSupervisor(
  layout: Layout,
  state: State,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<Failure | null> {
  signal.throwIfAborted();
  const log = openSync(layout.log('supervisor'), 'a', 0o600);
  // In its own session: the terminal's Ctrl-C or its end does not reach it.
  const child = fork(program, ['supervise', '--state', layout.folder], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const identity = child.pid === undefined ? null : identifyProcess(child.pid);
  if (identity)
    writeState(layout, { ...state, supervisor: { ...identity, startedAt: new Date().toISOString(), restarts: 0 } });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    const failure = await new Promise<Failure | null>((resolve, reject) => {
      child.on('message', (message: SupervisorMessage) => {
        if (message.kind === 'progress') onProgress(message.text);
        else resolve(message.kind === 'ready' ? null : message.failure);
      });
      child.once('error', reject);
      child.once('exit', () => {
        const { code, message, advice } = createLogError(
          'The supervisor of the control plane ended.',
          layout.log('supervisor'),
        );
        resolve({ code, message, advice });
      });
    });
    if (signal.aborted || failure) await waitForExit(child);
    signal.throwIfAborted();
    return failure;
  } finally {
    signal.removeEventListener('abort', stop);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function waitForExit(child: ReturnType<typeof fork>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

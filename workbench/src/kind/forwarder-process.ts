import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endProcess, identifyProcess } from '@snoop/snoopdb';
import type { ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createLogError } from '../control-plane/kept-process.ts';
import { readLogSize } from '../control-plane/log-lines.ts';
import type { ForwardMessage } from './keep-forward.ts';
import { createKindLayout } from './state.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));
const stopTimeoutMs = 5_000;

export interface StartedForward {
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly pagePort: number;
  /** Call it when the forward is recorded: it outlives this process then. */
  accept(): void;
}

/**
 * Starts a state's forward as a separate process. Until it is accepted, it ends when this process ends.
 *
 * @param port the last port; null for any
 */
export async function startForwarder(
  stateFolder: string,
  node: string,
  port: number | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StartedForward> {
  const { log: logFile } = createKindLayout(stateFolder);
  const logFrom = readLogSize(logFile);
  const log = openSync(logFile, 'a', 0o600);
  const args = ['forward', '--state', stateFolder, '--node', node, ...(port === null ? [] : ['--port', String(port)])];
  // In its own session: the terminal's Ctrl-C or its end does not reach it.
  const child = fork(program, args, { detached: true, execArgv: [], env, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const { port: forwarded, pagePort } = await new Promise<ForwardMessage>((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', () => reject(createLogError('The forward of SnoopDB did not start.', logFile, logFrom)));
  });
  const identity = child.pid === undefined ? null : identifyProcess(child.pid);
  if (!identity) throw new SnoopError('part_failed', 'The forward of SnoopDB ended at once.');
  return {
    identity,
    port: forwarded,
    pagePort,
    accept() {
      child.send('accepted');
      child.disconnect();
      child.unref();
    },
  };
}

/** Stops a forward; it may be gone already. */
export async function stopForwarder(forwarder: ProcessIdentity | null): Promise<void> {
  if (forwarder) await endProcess(forwarder, stopTimeoutMs);
}

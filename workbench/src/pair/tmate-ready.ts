import { SnoopError } from '../errors.ts';
import type { Multiplexer } from './multiplexer.ts';
import { probeServer } from './tmate-server.ts';

/** Usually it takes a second or two. With this limit, a failing call takes less than 15 s even on a busy machine. */
const readyMs = 11_000;
/** An ssh server greets at once; this allows for a slow network. */
const greetingMs = 9_000;

/** The addresses of a session; null: the tmate server does not offer this one. */
export interface Addresses {
  readonly ssh: string | null;
  readonly sshReadOnly: string | null;
  readonly web: string | null;
  readonly webReadOnly: string | null;
}

/**
 * Waits until a new session is registered with its tmate server.
 *
 * @returns `host:port` of the server
 * @throws SnoopError `tmate_unreachable`, within 15 s of the start
 */
export async function awaitTmateReady(multiplexer: Multiplexer, signal: AbortSignal): Promise<string> {
  const readOption = (name: string): Promise<string> => multiplexer.run(['show-options', '-sv', name]);
  const [host, port] = [await readOption('tmate-server-host'), Number(await readOption('tmate-server-port'))];
  const server = `${host}:${port}`;
  const settled = new AbortController();
  const either = AbortSignal.any([signal, settled.signal]);
  try {
    const ready = multiplexer.tryRun(['wait', 'tmate-ready'], { timeoutMs: readyMs, signal: either });
    const probing = probeServer(host, port, greetingMs, either);
    // tmate may be faster than the probe; an unreachable server ends the wait at once.
    const first = await Promise.race([ready, probing.then(({ speaksSsh }) => (speaksSsh ? ready : null))]);
    signal.throwIfAborted();
    if (first?.exitCode === 0) return server;
    if (first !== null && first.exitCode !== null) throw createEndedError(server, first.stderr.trim());
    const probe = await probing;
    throw probe.speaksSsh ? createRefusedError(server) : createUnreachableError(server, probe.reason);
  } finally {
    settled.abort();
  }
}

function createUnreachableError(server: string, reason: string): SnoopError {
  return new SnoopError('tmate_unreachable', `The tmate server ${server} cannot be reached: ${reason}.`, {
    advice: [
      'Check --server, --port, and whether a NetworkPolicy or firewall blocks the connection.',
      "Without a server, if both of you can log in here: 'snoop pair --local'.",
    ],
  });
}

/** tmate ends when it does not understand the server. */
function createEndedError(server: string, message: string): SnoopError {
  return new SnoopError('tmate_unreachable', `tmate ended while connected to ${server}${message && `: ${message}`}.`, {
    advice: [
      'Is it a tmate server, and does its version match this tmate (tmate -V)?',
      "Without a server, if both of you can log in here: 'snoop pair --local'.",
    ],
  });
}

function createRefusedError(server: string): SnoopError {
  return new SnoopError(
    'tmate_unreachable',
    `An ssh server answers at ${server}, but it opened no tmate session within ${readyMs / 1000} s.`,
    {
      advice: [
        'Are the fingerprints correct? tmate accepts no other keys: --rsa-fingerprint, --ed25519-fingerprint.',
        'Is it a tmate server, and does it require a key in ~/.ssh?',
        "Without a server, if both of you can log in here: 'snoop pair --local'.",
      ],
    },
  );
}

/** Reads the addresses of a session. Print them only to the terminal: anyone who has one can type or watch. */
export async function readAddresses(multiplexer: Multiplexer): Promise<Addresses> {
  const names = ['tmate_ssh', 'tmate_ssh_ro', 'tmate_web', 'tmate_web_ro'];
  const answers: (string | null)[] = [];
  for (const name of names) answers.push((await multiplexer.run(['display', '-p', `#{${name}}`])) || null);
  const [ssh = null, sshReadOnly = null, web = null, webReadOnly = null] = answers;
  return { ssh, sshReadOnly, web, webReadOnly };
}

import { SnoopError } from '../errors.ts';
import type { Multiplexer } from './multiplexer.ts';
import { reachServer } from './tmate-server.ts';

/** Usually it takes a second or two. The whole of a call that fails takes less than 15 s, on a busy machine, too. */
const readyMs = 11_000;
/** Where a connection is taken, an ssh server says its line within a moment; a slow network gets its time. */
const greetingMs = 9_000;

/** The addresses that a tmate server gave to a session; null: this server has none of the kind. */
export interface Addresses {
  readonly ssh: string | null;
  readonly sshReadOnly: string | null;
  readonly web: string | null;
  readonly webReadOnly: string | null;
}

/**
 * Waits until a session that was just started is known to its tmate server.
 *
 * @returns `host:port` of the server
 * @throws SnoopError `tmate_unreachable`, within 15 s of the start
 */
export async function awaitTmateReady(multiplexer: Multiplexer, signal: AbortSignal): Promise<string> {
  const readOption = (name: string): Promise<string> => multiplexer.tell(['show-options', '-sv', name]);
  const [host, port] = [await readOption('tmate-server-host'), Number(await readOption('tmate-server-port'))];
  const server = `${host}:${port}`;
  const settled = new AbortController();
  const either = AbortSignal.any([signal, settled.signal]);
  try {
    const ready = multiplexer.ask(['wait', 'tmate-ready'], { timeoutMs: readyMs, signal: either });
    const reached = reachServer(host, port, greetingMs, either);
    // tmate may be faster than the look at the server; and a server that is not to be reached ends the wait at once.
    const first = await Promise.race([ready, reached.then(({ speaksSsh }) => (speaksSsh ? ready : null))]);
    signal.throwIfAborted();
    if (first?.exitCode === 0) return server;
    if (first !== null && first.exitCode !== null) throw ended(server, first.stderr.trim());
    const look = await reached;
    throw look.speaksSsh ? refused(server) : unreachable(server, look.why);
  } finally {
    settled.abort();
  }
}

function unreachable(server: string, why: string): SnoopError {
  return new SnoopError('tmate_unreachable', `The tmate server ${server} cannot be reached: ${why}.`, {
    advice: [
      'Look at --server and --port, and at what may leave this network (a NetworkPolicy of the Pod, a firewall).',
      "Without a server, for people who can both log in here: 'snoop pair --local'.",
    ],
  });
}

/** What a tmate does that is spoken to in a way that it does not understand. */
function ended(server: string, words: string): SnoopError {
  return new SnoopError('tmate_unreachable', `tmate ended while it talked to ${server}${words && `: ${words}`}.`, {
    advice: [
      'Is it a tmate server, and of a version that fits this tmate (tmate -V)?',
      "Without a server, for people who can both log in here: 'snoop pair --local'.",
    ],
  });
}

function refused(server: string): SnoopError {
  return new SnoopError(
    'tmate_unreachable',
    `An ssh server answers at ${server}, but no tmate session came about within ${readyMs / 1000} s.`,
    {
      advice: [
        'Are these the fingerprints of its keys? tmate hangs up on any other: --rsa-fingerprint, --ed25519-fingerprint.',
        'Is it a tmate server, and does it let everybody in? One that knows its users wants a key in ~/.ssh.',
        "Without a server, for people who can both log in here: 'snoop pair --local'.",
      ],
    },
  );
}

/** Asks a session for its addresses. They are for the terminal only: whoever reads one can type, or look on. */
export async function readAddresses(multiplexer: Multiplexer): Promise<Addresses> {
  const names = ['tmate_ssh', 'tmate_ssh_ro', 'tmate_web', 'tmate_web_ro'];
  const answers: (string | null)[] = [];
  for (const name of names) answers.push((await multiplexer.tell(['display', '-p', `#{${name}}`])) || null);
  const [ssh = null, sshReadOnly = null, web = null, webReadOnly = null] = answers;
  return { ssh, sshReadOnly, web, webReadOnly };
}

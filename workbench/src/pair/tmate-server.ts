import { connect } from 'node:net';
import { wrongUse } from '../errors.ts';

/** A tmate server of one's own. */
export interface TmateServer {
  readonly host: string;
  readonly port: number;
  /** As `ssh-keygen -l` prints them: `SHA256:…`; at least one of the two is there. */
  readonly rsaFingerprint: string | null;
  readonly ed25519Fingerprint: string | null;
}

/** The flags that name it, as they were given. */
export interface TmateServerFlags {
  readonly server?: string | undefined;
  readonly port?: string | undefined;
  readonly rsaFingerprint?: string | undefined;
  readonly ed25519Fingerprint?: string | undefined;
}

/** Where tmate connects to when no port is named; its server's own default is the one of ssh, too. */
const usualPort = 22;

/**
 * Reads the flags of a tmate server.
 *
 * @returns null: none was given, and tmate uses the server that it knows
 * @throws SnoopError `wrong_use`
 */
export function readTmateServer(flags: TmateServerFlags): TmateServer | null {
  const { server: host, port, rsaFingerprint: rsa, ed25519Fingerprint: ed25519 } = flags;
  if (host === undefined) {
    const others = { port, 'rsa-fingerprint': rsa, 'ed25519-fingerprint': ed25519 };
    const [lonely] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
    if (lonely === undefined) return null;
    throw wrongUse(`--${lonely} is about a tmate server of your own: --server names it.`, example);
  }
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host) && !/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(host))
    throw wrongUse(
      `--server takes a host's name or address, not '${host}'.`,
      `The port has a flag of its own. ${example}`,
    );
  const number = Number(port ?? usualPort);
  if (!Number.isInteger(number) || number < 1 || number > 65_535 || port?.trim() === '')
    throw wrongUse(`--port takes a number from 1 to 65535, not '${port}'.`, example);
  if (rsa === undefined && ed25519 === undefined) {
    throw wrongUse(
      `tmate talks to ${host} only when it knows it by a fingerprint: --rsa-fingerprint or --ed25519-fingerprint, best both.`,
      `On the server: ssh-keygen -lf FILE.pub, for each of its host keys; from here: ssh-keyscan -p ${number} ${host} | ssh-keygen -lf -`,
    );
  }
  return {
    host,
    port: number,
    rsaFingerprint: readFingerprint('--rsa-fingerprint', rsa),
    ed25519Fingerprint: readFingerprint('--ed25519-fingerprint', ed25519),
  };
}

function readFingerprint(flag: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  // 256 bits in base64 without padding, as OpenSSH prints them.
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(value)) return value;
  throw wrongUse(
    `${flag} takes what 'ssh-keygen -lf' prints after the length, SHA256: and 43 characters, not '${value}'.`,
    'An MD5 fingerprint (pairs of hexadecimal digits) is no longer taken by tmate.',
  );
}

const example =
  'For example: snoop pair --server tmate.example --port 2200 --ed25519-fingerprint SHA256:… --rsa-fingerprint SHA256:…';

/** What a server answers to whoever connects. */
export type Reached = { readonly speaksSsh: true } | { readonly speaksSsh: false; readonly why: string };

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closes the connection',
};

/**
 * Connects once and waits for the line that every ssh server begins with (RFC 4253, 4.2): tmate itself goes on trying forever
 * and tells nobody why.
 *
 * @param signal ends the wait; then it counts as silent
 */
export function reachServer(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Reached> {
  return new Promise((resolve) => {
    let isConnected = false;
    let text = '';
    const socket = connect({ host, port });
    const finish = (reached: Reached): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onTimeout);
      socket.destroy();
      resolve(reached);
    };
    const onTimeout = (): void => {
      const why = isConnected ? 'it takes connections and says nothing' : 'it does not answer';
      finish({ speaksSsh: false, why });
    };
    const timer = setTimeout(onTimeout, timeoutMs);
    signal.addEventListener('abort', onTimeout, { once: true });
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (/^SSH-/m.test(text)) finish({ speaksSsh: true });
      else if (text.length > 4096) finish({ speaksSsh: false, why: 'what listens there is no ssh server' });
    });
    socket.once('end', () =>
      finish({
        speaksSsh: false,
        why: text === '' ? 'it closes the connection' : 'what listens there is no ssh server',
      }),
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish({ speaksSsh: false, why: words[error.code ?? ''] ?? error.message }),
    );
  });
}

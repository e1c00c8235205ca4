import { connect } from 'node:net';
import { wrongUse } from '../errors.ts';

/** A self-hosted tmate server. */
export interface TmateServer {
  readonly host: string;
  readonly port: number;
  /** As `ssh-keygen -l` prints them: `SHA256:…`; at least one of the two is set. */
  readonly rsaFingerprint: string | null;
  readonly ed25519Fingerprint: string | null;
}

export interface TmateServerFlags {
  readonly server?: string | undefined;
  readonly port?: string | undefined;
  readonly rsaFingerprint?: string | undefined;
  readonly ed25519Fingerprint?: string | undefined;
}

/** The default of tmate and of its server. */
const defaultPort = 22;

/**
 * Reads the flags of a tmate server.
 *
 * @returns null: no flags, so tmate uses its default server
 * @throws SnoopError `wrong_use`
 */
export function readTmateServer(flags: TmateServerFlags): TmateServer | null {
  const { server: host, port, rsaFingerprint: rsa, ed25519Fingerprint: ed25519 } = flags;
  if (host === undefined) {
    const others = { port, 'rsa-fingerprint': rsa, 'ed25519-fingerprint': ed25519 };
    const [flag] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
    if (flag === undefined) return null;
    throw wrongUse(`--${flag} needs --server.`, example);
  }
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host) && !/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(host))
    throw wrongUse(`--server takes a host's name or address, not '${host}'.`, `Give the port with --port. ${example}`);
  const number = Number(port ?? defaultPort);
  if (!Number.isInteger(number) || number < 1 || number > 65_535 || port?.trim() === '')
    throw wrongUse(`--port takes a number from 1 to 65535, not '${port}'.`, example);
  if (rsa === undefined && ed25519 === undefined) {
    throw wrongUse(
      `--server ${host} needs a fingerprint: --rsa-fingerprint or --ed25519-fingerprint, preferably both.`,
      `On the server: ssh-keygen -lf FILE.pub, for each host key. From here: ssh-keyscan -p ${number} ${host} | ssh-keygen -lf -`,
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
    `${flag} takes a fingerprint from 'ssh-keygen -lf', SHA256: and 43 characters, not '${value}'.`,
    'tmate no longer accepts MD5 fingerprints (pairs of hexadecimal digits).',
  );
}

const example =
  'For example: snoop pair --server tmate.example --port 2200 --ed25519-fingerprint SHA256:… --rsa-fingerprint SHA256:…';

export type ProbeResult = { readonly speaksSsh: true } | { readonly speaksSsh: false; readonly reason: string };

const closesConnection = 'it closes the connection';
const notSsh = 'it is not an ssh server';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'its name cannot be resolved',
  EHOSTUNREACH: 'there is no route to this host',
  ENETUNREACH: 'there is no route to this network',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: closesConnection,
};

/**
 * Connects once and waits for the first line of an ssh server (RFC 4253, 4.2): tmate itself retries forever and gives
 * no reason.
 *
 * @param signal ends the wait, as the timeout does
 */
export function probeServer(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let isConnected = false;
    let text = '';
    const socket = connect({ host, port });
    const finish = (result: ProbeResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onTimeout);
      socket.destroy();
      resolve(result);
    };
    const onTimeout = (): void => {
      const reason = isConnected ? 'it accepts connections and sends nothing' : 'it does not answer';
      finish({ speaksSsh: false, reason });
    };
    const timer = setTimeout(onTimeout, timeoutMs);
    signal.addEventListener('abort', onTimeout, { once: true });
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
      if (/^SSH-/m.test(text)) finish({ speaksSsh: true });
      else if (text.length > 4096) finish({ speaksSsh: false, reason: notSsh });
    });
    socket.once('end', () =>
      finish({
        speaksSsh: false,
        reason: text === '' ? closesConnection : notSsh,
      }),
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish({ speaksSsh: false, reason: reasons[error.code ?? ''] ?? error.message }),
    );
  });
}

import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import type { Config, TlsFiles } from '../config.ts';
import { isLoopback } from '../exposure.ts';
import { createCertificateCheck } from './client-certificate.ts';
import { describeSubject } from './pem.ts';
import { findTimeTrouble, listFiles, readServerCertificate, type ServerCertificate } from './server-certificate.ts';
import { isTokenRight, readTokens, type Tokens } from './token.ts';
import { type WatchedFiles, watchFiles } from './watched-files.ts';

/** Who may send, and what the server shows of itself. */
export interface Credentials {
  /** For `https.createServer`; null: plain HTTP. */
  readonly tls: ServerOptions | null;
  /** null: the sender is known, or need not be; else the answer to give. Only for what takes events: probes bring nothing. */
  check(request: IncomingMessage): Refusal | null;
  /** `use` is told whenever the certificate files change, for `server.setSecureContext`. */
  onTlsChange(use: (tls: SecureContextOptions) => void): void;
  /** Reads the files no more. */
  close(): void;
}

export interface Refusal {
  /** Never 403: all who are known may send. */
  readonly status: 401;
  readonly text: string;
}

type CredentialsConfig = Pick<Config, 'listen' | 'tls' | 'tokenFile' | 'insecure'>;

/**
 * Reads certificates and token from their files, and again when these change; a change that does not work is logged, and what was there before
 * stays in use.
 * @throws Error with a sentence when a file is missing or wrong
 */
export async function openCredentials(config: CredentialsConfig, log: Logger): Promise<Credentials> {
  const listeners: ((tls: SecureContextOptions) => void)[] = [];
  const server = config.tls === null ? null : await watchServerCertificate(config.tls, log, listeners);
  let token: WatchedFiles<Tokens> | null = null;
  try {
    token = config.tokenFile === null ? null : await watchTokens(config.tokenFile, log);
  } catch (error) {
    server?.close();
    throw error;
  }
  warnOfOpenDoors(config, log);
  const asksForCertificate = config.tls?.clientCaFile != null;
  const certificates = asksForCertificate ? createCertificateCheck(() => server?.value.authorities ?? []) : null;
  return {
    get tls() {
      if (server === null) return null;
      return { ...server.value.context, requestCert: asksForCertificate, rejectUnauthorized: false };
    },
    check(request) {
      if (token === null && certificates === null) return null;
      const isRight = token === null ? null : isTokenRight(request.headers.authorization, token.value.digests);
      if (isRight === true) return null;
      const refusal = certificates?.explainRefusal(request) ?? null;
      if (certificates !== null && refusal === null) return null;
      return { status: 401, text: explain({ isRight, wantsToken: token !== null, refusal, hasTls: server !== null }) };
    },
    onTlsChange: (use) => void listeners.push(use),
    close() {
      server?.close();
      token?.close();
    },
  };
}

/** What a sender reads who is not known; nothing of what he sent is in it. */
function explain(found: {
  readonly isRight: boolean | null;
  readonly wantsToken: boolean;
  readonly refusal: string | null;
  readonly hasTls: boolean;
}): string {
  const { isRight, wantsToken, refusal, hasTls } = found;
  const ofToken = isRight === false ? 'the bearer token is not the right one' : 'no bearer token came';
  const reasons = [...(wantsToken ? [ofToken] : []), ...(refusal === null ? [] : [refusal])];
  const hint = wantsToken && isRight === null && !hasTls ? ' A kube-apiserver sends its token over https only.' : '';
  return `Events are taken from known senders only: ${reasons.join(', and ')}.${hint}`;
}

async function watchServerCertificate(
  files: TlsFiles,
  log: Logger,
  listeners: readonly ((tls: SecureContextOptions) => void)[],
): Promise<WatchedFiles<ServerCertificate>> {
  const named = listFiles(files);
  const say = ({ certificate }: ServerCertificate, message: string): void => {
    const trouble = findTimeTrouble(certificate, Date.now());
    const facts = {
      subject: describeSubject(certificate),
      names: certificate.subjectAltName,
      until: certificate.validTo,
    };
    if (trouble === null) log.info(facts, message);
    else log.warn(facts, `${message}; it ${trouble}`);
  };
  const watched = await watchFiles(named, {
    parse: (contents) => readServerCertificate(named, contents),
    onChange(changed) {
      for (const use of listeners) use(changed.context);
      say(changed, 'the certificate files changed and were read again');
    },
    onTrouble: (error) =>
      log.error({ reason: error.message }, 'the certificate files changed and cannot be used; the old ones stay'),
  });
  say(watched.value, 'serving with this certificate');
  return watched;
}

async function watchTokens(path: string, log: Logger): Promise<WatchedFiles<Tokens>> {
  const file = { flag: '--token-file', path };
  const warnIfWeak = ({ isWeak }: Tokens): void => {
    if (isWeak)
      log.warn({ file: path }, "a token is short enough to be guessed; 'openssl rand -hex 32' makes a good one");
  };
  const watched = await watchFiles([file], {
    parse: ([content]) => readTokens(file, content ?? Buffer.alloc(0)),
    onChange(changed) {
      log.info({ tokens: changed.digests.length }, 'the token file changed and was read again');
      warnIfWeak(changed);
    },
    onTrouble: (error) =>
      log.error({ reason: error.message }, 'the token file changed and cannot be used; the old one stays'),
  });
  warnIfWeak(watched.value);
  return watched;
}

function warnOfOpenDoors({ listen, tls, tokenFile, insecure }: CredentialsConfig, log: Logger): void {
  const isOpen = tokenFile === null && tls?.clientCaFile == null;
  if (insecure && !isLoopback(listen.host)) {
    if (isOpen)
      log.warn({ host: listen.host }, 'INSECURE: anybody who can reach this address can send events (--insecure)');
    if (tls === null)
      log.warn(
        { host: listen.host },
        'INSECURE: events come over plain HTTP, which others can read and change (--insecure)',
      );
  }
  if (tls === null && tokenFile !== null) {
    log.warn(
      'a token is demanded over plain HTTP: a kube-apiserver sends it over https only, so all it sends is refused unless something in front speaks https',
    );
  }
}

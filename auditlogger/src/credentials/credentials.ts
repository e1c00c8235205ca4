import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { isLoopback } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Config, TlsFiles } from '../config.ts';
import { createCertificateCheck, type CheckedCertificate } from './client-certificate.ts';
import {
  describeSubject,
  findValidityProblem,
  listFiles,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts';
import { findSources, readTokens, type Tokens } from './token.ts';
import { type NamedFile, type WatchedFiles, watchFiles } from './watched-files.ts';

/** Authentication of senders, and the server certificate. */
export interface Credentials {
  /** For `https.createServer`; null: plain HTTP. */
  readonly tls: ServerOptions | null;
  /**
   * Checks whether the sender of events may send as this source; null: it may.
   */
  check(request: IncomingMessage, source: string): Refusal | null;
  /** Whether the client may read details: an authenticated sender, or a client with the status token. */
  isKnown(request: IncomingMessage): boolean;
  /** Calls `use` whenever the certificate files change, for `server.setSecureContext`. */
  onTlsChange(use: (tls: SecureContextOptions) => void): void;
  /** Stops watching the files. */
  close(): void;
}

export interface Refusal {
  /** 403: authenticated, but bound to other sources. */
  readonly status: 401 | 403;
  readonly text: string;
}

type CredentialsConfig = Pick<Config, 'listen' | 'tls' | 'tokenFile' | 'statusTokenFile' | 'insecure'>;

/**
 * Reads certificates and tokens from their files, and again when they change. An invalid change is logged, and the
 * previous content stays in use.
 * @throws Error when a file is missing or invalid
 */
export async function openCredentials(config: CredentialsConfig, log: Logger): Promise<Credentials> {
  const listeners: ((tls: SecureContextOptions) => void)[] = [];
  const opened: { close(): void }[] = [];
  const close = (): void => {
    for (const files of opened) files.close();
  };
  const open = async <T>(opening: Promise<WatchedFiles<T>>): Promise<WatchedFiles<T>> => {
    const watched = await opening;
    opened.push(watched);
    return watched;
  };
  const openTokens = (flag: string, path: string | null): Promise<WatchedFiles<Tokens> | null> =>
    path === null ? Promise.resolve(null) : open(watchTokens({ flag, path }, log));
  let server: WatchedFiles<ServerCertificate> | null = null;
  let token: WatchedFiles<Tokens> | null = null;
  let statusToken: WatchedFiles<Tokens> | null = null;
  try {
    if (config.tls !== null) server = await open(watchServerCertificate(config.tls, log, listeners));
    token = await openTokens('--token-file', config.tokenFile);
    statusToken = await openTokens('--status-token-file', config.statusTokenFile);
  } catch (error) {
    close();
    throw error;
  }
  warnIfExposed(config, log);
  const requestsCertificate = config.tls?.clientCaFile != null;
  const certificates = requestsCertificate ? createCertificateCheck(() => server?.value.cas ?? []) : null;

  function identify(request: IncomingMessage): Identity {
    return {
      byToken: token === null ? null : findSources(request.headers.authorization, token.value),
      byCertificate: certificates?.check(request) ?? null,
    };
  }

  return {
    get tls() {
      if (server === null) return null;
      return { ...server.value.context, requestCert: requestsCertificate, rejectUnauthorized: false };
    },
    check(request, source) {
      if (token === null && certificates === null) return null;
      const identity = identify(request);
      const sources = listSources(identity);
      if (sources.some((one) => one === null || one === source)) return null;
      if (sources.length > 0) return { status: 403, text: explainBinding(sources, source) };
      return { status: 401, text: explain(identity, { wantsToken: token !== null, hasTls: server !== null }) };
    },
    isKnown(request) {
      if (listSources(identify(request)).length > 0) return true;
      return statusToken !== null && (findSources(request.headers.authorization, statusToken.value) ?? []).length > 0;
    },
    onTlsChange: (use) => void listeners.push(use),
    close,
  };
}

/** The credentials of a request. */
interface Identity {
  /** The sources of its token; empty for a wrong token; null: no token sent or none configured. */
  readonly byToken: readonly (string | null)[] | null;
  readonly byCertificate: CheckedCertificate | null;
}

/** The sources a sender may send as; a null entry means any; empty: not authenticated. */
function listSources({ byToken, byCertificate }: Identity): readonly (string | null)[] {
  return [...(byToken ?? []), ...(byCertificate?.sources ?? [])];
}

function explainBinding(sources: readonly (string | null)[], source: string): string {
  const list = [...new Set(sources)].map((one) => `'${one}'`).join(' and ');
  return `This sender may only send as the source ${list}, not as ${JSON.stringify(source.slice(0, 100))}. Send to /events/${sources[0]}.`;
}

/** The text of a 401; it quotes nothing that the sender sent. */
function explain({ byToken, byCertificate }: Identity, server: { wantsToken: boolean; hasTls: boolean }): string {
  const tokenProblem = byToken === null ? 'no bearer token was sent' : 'the bearer token is wrong';
  const refusal = byCertificate?.refusal ?? null;
  const reasons = [...(server.wantsToken ? [tokenProblem] : []), ...(refusal === null ? [] : [refusal])];
  const hint =
    server.wantsToken && byToken === null && !server.hasTls ? ' A kube-apiserver sends its token only over https.' : '';
  return `Only authenticated senders are accepted: ${reasons.join(', and ')}.${hint}`;
}

async function watchServerCertificate(
  files: TlsFiles,
  log: Logger,
  listeners: readonly ((tls: SecureContextOptions) => void)[],
): Promise<WatchedFiles<ServerCertificate>> {
  const named = listFiles(files);
  const logCertificate = ({ certificate }: ServerCertificate, message: string): void => {
    const problem = findValidityProblem(certificate, Date.now());
    const facts = {
      subject: describeSubject(certificate),
      names: certificate.subjectAltName,
      until: certificate.validTo,
    };
    if (problem === null) log.info(facts, message);
    else log.warn(facts, `${message}; it ${problem}`);
  };
  const watched = await watchFiles(named, {
    parse: (contents) => readServerCertificate(named, contents),
    onChange(changed) {
      for (const use of listeners) use(changed.context);
      logCertificate(changed, 'reloaded the certificate files');
    },
    onProblem: (error) =>
      log.error(
        { reason: error.message },
        'the changed certificate files cannot be used; the previous ones stay in use',
      ),
  });
  logCertificate(watched.value, 'using this certificate');
  return watched;
}

async function watchTokens(file: NamedFile, log: Logger): Promise<WatchedFiles<Tokens>> {
  const warnIfWeak = ({ isWeak }: Tokens): void => {
    if (isWeak)
      log.warn({ file: file.path }, "a token is short enough to be guessed; create one with 'openssl rand -hex 32'");
  };
  const watched = await watchFiles([file], {
    parse: ([content]) => readTokens(file, content ?? Buffer.alloc(0)),
    onChange(changed) {
      log.info({ tokens: changed.list.length }, 'reloaded the token file');
      warnIfWeak(changed);
    },
    onProblem: (error) =>
      log.error({ reason: error.message }, 'the changed token file cannot be used; the previous one stays in use'),
  });
  warnIfWeak(watched.value);
  return watched;
}

function warnIfExposed({ listen, tls, tokenFile, insecure }: CredentialsConfig, log: Logger): void {
  const isOpen = tokenFile === null && tls?.clientCaFile == null;
  if (insecure && !isLoopback(listen.host)) {
    if (isOpen)
      log.warn({ host: listen.host }, 'INSECURE: anyone who can reach this address can send events (--insecure)');
    if (tls === null)
      log.warn(
        { host: listen.host },
        'INSECURE: events are sent over plain HTTP, which others can read and change (--insecure)',
      );
  }
  if (tls === null && tokenFile !== null) {
    log.warn(
      'a token is required over plain HTTP, but a kube-apiserver sends it only over https: its events will be refused, except behind a TLS proxy',
    );
  }
}

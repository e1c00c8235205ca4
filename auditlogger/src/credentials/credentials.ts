import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { isLoopback } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Config, TlsFiles } from '../config.ts';
import { createCertificateCheck, type JudgedCertificate } from './client-certificate.ts';
import {
  describeSubject,
  findTimeTrouble,
  listFiles,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts';
import { findSources, readTokens, type Tokens } from './token.ts';
import { type NamedFile, type WatchedFiles, watchFiles } from './watched-files.ts';

/** Who may send, and what the server shows of itself. */
export interface Credentials {
  /** For `https.createServer`; null: plain HTTP. */
  readonly tls: ServerOptions | null;
  /**
   * null: the sender may send as this source; else the answer to give. Only for what takes events: probes bring nothing.
   */
  check(request: IncomingMessage, source: string): Refusal | null;
  /** Whether whoever asks may read what went wrong in full: a known sender, or one that shows the status token. */
  isKnown(request: IncomingMessage): boolean;
  /** `use` is told whenever the certificate files change, for `server.setSecureContext`. */
  onTlsChange(use: (tls: SecureContextOptions) => void): void;
  /** Reads the files no more. */
  close(): void;
}

export interface Refusal {
  /** 403: it is known, and may send as other sources only. */
  readonly status: 401 | 403;
  readonly text: string;
}

type CredentialsConfig = Pick<Config, 'listen' | 'tls' | 'tokenFile' | 'statusTokenFile' | 'insecure'>;

/**
 * Reads certificates and token from their files, and again when these change; a change that does not work is logged, and what was there before
 * stays in use.
 * @throws Error with a sentence when a file is missing or wrong
 */
export async function openCredentials(config: CredentialsConfig, log: Logger): Promise<Credentials> {
  const listeners: ((tls: SecureContextOptions) => void)[] = [];
  const opened: { close(): void }[] = [];
  const close = (): void => {
    for (const one of opened) one.close();
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
  warnOfOpenDoors(config, log);
  const asksForCertificate = config.tls?.clientCaFile != null;
  const certificates = asksForCertificate ? createCertificateCheck(() => server?.value.authorities ?? []) : null;

  function identify(request: IncomingMessage): Identity {
    return {
      byToken: token === null ? null : findSources(request.headers.authorization, token.value),
      byCertificate: certificates?.judge(request) ?? null,
    };
  }

  return {
    get tls() {
      if (server === null) return null;
      return { ...server.value.context, requestCert: asksForCertificate, rejectUnauthorized: false };
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

/** What a request shows of its sender. */
interface Identity {
  /** The sources of its token: none for a wrong one; null: there is no token, or none is asked for. */
  readonly byToken: readonly (string | null)[] | null;
  readonly byCertificate: JudgedCertificate | null;
}

/** The sources that a sender may send as; null among them: any; none: it is not known. */
function listSources({ byToken, byCertificate }: Identity): readonly (string | null)[] {
  return [...(byToken ?? []), ...(byCertificate?.sources ?? [])];
}

function explainBinding(sources: readonly (string | null)[], source: string): string {
  const list = [...new Set(sources)].map((one) => `'${one}'`).join(' and ');
  return `This sender may send as the source ${list} only, and this was sent as ${JSON.stringify(source.slice(0, 100))}: send to /events/${sources[0]}.`;
}

/** What a sender reads who is not known; nothing of what he sent is in it. */
function explain({ byToken, byCertificate }: Identity, its: { wantsToken: boolean; hasTls: boolean }): string {
  const ofToken = byToken === null ? 'no bearer token came' : 'the bearer token is not the right one';
  const refusal = byCertificate?.refusal ?? null;
  const reasons = [...(its.wantsToken ? [ofToken] : []), ...(refusal === null ? [] : [refusal])];
  const hint =
    its.wantsToken && byToken === null && !its.hasTls ? ' A kube-apiserver sends its token over https only.' : '';
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

async function watchTokens(file: NamedFile, log: Logger): Promise<WatchedFiles<Tokens>> {
  const warnIfWeak = ({ isWeak }: Tokens): void => {
    if (isWeak)
      log.warn({ file: file.path }, "a token is short enough to be guessed; 'openssl rand -hex 32' makes a good one");
  };
  const watched = await watchFiles([file], {
    parse: ([content]) => readTokens(file, content ?? Buffer.alloc(0)),
    onChange(changed) {
      log.info({ tokens: changed.list.length }, 'the token file changed and was read again');
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

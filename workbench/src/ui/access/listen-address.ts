import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopback } from '@snoop/snoopdb';
import { wrongUse } from '../../errors.ts';

export interface ListenAddress {
  /** A name, or an address without brackets. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Of `snoop ui`. */
export const defaultPort = 9909;
const loopbackHost = '127.0.0.1';

/** Parses `ADDRESS:PORT`, with an IPv6 address in brackets. @throws SnoopError `wrong_use` */
export function parseListenAddress(value: string, flag: string): ListenAddress {
  const [, inBrackets, plain = '', port = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(value) ?? [];
  const host = inBrackets ?? plain;
  if (host !== '' && (inBrackets === undefined || isIP(inBrackets) === 6) && Number(port) <= 65_535) {
    return { host: host.toLowerCase(), port: Number(port) };
  }
  throw wrongUse(`${flag} takes an address and a port, not '${value}'.`, `For example: ${flag} 0.0.0.0:${defaultPort}`);
}

/** @throws SnoopError `wrong_use` unless it is a number from 0 to 65,535 */
export function parsePort(value: string, flag: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw wrongUse(`${flag} takes a port from 0 to 65535, not '${value}'.`, `For example: ${flag} 8080`);
}

/**
 * Chooses the address of the page.
 *
 * @throws SnoopError `wrong_use` for an address that other machines can reach, without a token
 */
export function chooseListenAddress(flags: {
  readonly port: number | undefined;
  readonly listen: ListenAddress | undefined;
  readonly hasToken: boolean;
}): ListenAddress {
  const { port = defaultPort, listen, hasToken } = flags;
  if (listen === undefined) return { host: loopbackHost, port };
  if (isLoopback(listen.host) || hasToken) return listen;
  throw wrongUse(
    `--listen ${formatHost(listen.host)}:${listen.port} needs --token-file FILE, since other machines can reach that address.`,
    "'openssl rand -hex 32 > FILE' creates a token. Or serve only this machine: --port PORT.",
  );
}

/** The URL of the page, from another machine if it listens on all addresses. */
export function formatPageUrl({ host, port }: ListenAddress): string {
  return `http://${formatHost(isWildcard(host) ? findOwnAddress() : host)}:${port}/`;
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function findOwnAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  return found?.address ?? loopbackHost;
}

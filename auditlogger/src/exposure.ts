import { isLoopback } from '@snoop/snoopdb';
import { wrongUse } from '@snoop/snoopdb/command-line';

/** The settings that decide who can reach the port and who may send. */
export interface Exposure {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly clientCaFile: string | null } | null;
  readonly tokenFile: string | null;
  readonly insecure: boolean;
}

/**
 * Refuses to serve unauthenticated senders on addresses that other machines can reach: they could write evidence.
 * @throws SnoopError `wrong_use`
 */
export function checkExposure({ listen, tls, tokenFile, insecure }: Exposure): void {
  if (insecure || isLoopback(listen.host)) return;
  const missing = [
    ...(tls === null ? ['TLS (--tls-cert-file and --tls-key-file)'] : []),
    ...(tls?.clientCaFile == null && tokenFile === null ? ['--client-ca-file or --token-file'] : []),
  ];
  if (missing.length === 0) return;
  throw wrongUse(
    `--listen ${listen.host}:${listen.port} needs ${missing.join(' and ')}: without it, anyone who can reach this address could send events. ` +
      `'snoop sink' creates such files. Or use --listen 127.0.0.1:${listen.port}, or --insecure to serve without them.`,
  );
}

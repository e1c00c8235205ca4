import { isLoopback } from '@snoop/snoopdb';
import { wrongUse } from '@snoop/snoopdb/command-line';

/** What decides about who can reach the port, and who may send. */
export interface Exposure {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly clientCaFile: string | null } | null;
  readonly tokenFile: string | null;
  readonly insecure: boolean;
}

/**
 * Whoever can reach the port could write evidence: only on loopback is that the same as being on the machine.
 * @throws SnoopError `wrong_use` when others could reach it without being known
 */
export function checkExposure({ listen, tls, tokenFile, insecure }: Exposure): void {
  if (insecure || isLoopback(listen.host)) return;
  const missing = [
    ...(tls === null ? ['TLS (--tls-cert-file and --tls-key-file)'] : []),
    ...(tls?.clientCaFile == null && tokenFile === null ? ['--client-ca-file or --token-file'] : []),
  ];
  if (missing.length === 0) return;
  throw wrongUse(
    `without ${missing.join(' and ')} only loopback addresses are served, not '${listen.host}': anybody who can reach it could send events. ` +
      `'snoop sink' makes such files; --listen 127.0.0.1:${listen.port} needs none; --insecure serves it all the same.`,
  );
}

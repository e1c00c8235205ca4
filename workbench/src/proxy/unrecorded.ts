import { count } from '../output/quantities.ts';
import type { RecordingProxy } from './proxy-server.ts';

/** Explains why requests of a command were not recorded, and what to do, as lines; empty: nothing indicates that. */
export function explainUnrecorded(recorded: number, { requests, handshakes }: RecordingProxy['refused']): string[] {
  const lines: string[] = [];
  if (handshakes > 0) {
    lines.push(
      `snoop: ${count(handshakes, 'TLS handshake')} with the proxy failed: a client does not trust its CA. Use the kubeconfig in KUBECONFIG, or give the client the file in SNOOP_PROXY_CA.`,
    );
  }
  if (requests > 0) {
    lines.push(
      `snoop: ${count(requests, 'request')} without the token ${requests === 1 ? 'was' : 'were'} refused. Use the kubeconfig in KUBECONFIG, or send the token in SNOOP_PROXY_TOKEN.`,
    );
  }
  if (recorded > 0) return lines;
  if (lines.length === 0) {
    lines.push(
      'snoop: The command sent no request to the proxy. If it should have: it must use the kubeconfig in KUBECONFIG, without a --kubeconfig or --server of its own.',
    );
  }
  return [
    ...lines,
    '  A client without a kubeconfig: curl --cacert "$SNOOP_PROXY_CA" --oauth2-bearer "$SNOOP_PROXY_TOKEN" "$SNOOP_PROXY/version"',
    "  A program that cannot use the proxy: snoop report --agent 'NAME*' --since 10m",
  ];
}

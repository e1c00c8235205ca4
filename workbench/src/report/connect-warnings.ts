import type { RequestNote, RunCoverage } from '@snoop/snoopdb';

/** The names of the endpoints that connect to a Pod, Service or node. */
const connectEndpoint = /^connect.*(?:Pod(?<stream>Exec|Attach|Portforward)|Proxy(?:WithPath)?)$/;
/** The sources of control planes of 'snoop up'. */
const localSource = /^local-[0-9a-f]{6}$/;

/**
 * Explains why connect endpoints that a run requested cannot be hit in a local control plane. Another cluster has real
 * nodes, and a Pod that was not found (404) would not have been hit in any.
 */
export function explainConnect({ run, endpoints, unsuccessful }: RunCoverage): string[] {
  if (!run.sources.some((source) => localSource.test(source))) return [];
  const isHit = (name: string | null): boolean => endpoints.some(({ endpoint, hits }) => endpoint === name && hits > 0);
  const warnings = unsuccessful.flatMap((note) => (isHit(note.endpoint) ? [] : (explain(note) ?? [])));
  return [...new Set(warnings)];
}

function explain({ endpoint, code }: RequestNote): string | null {
  const found = connectEndpoint.exec(endpoint ?? '');
  if (found === null || code === 404) return null;
  const stream = found.groups?.stream;
  if (stream === undefined) {
    return 'Proxy endpoints cannot be hit here: simulated Pods and nodes have no server of their own.';
  }
  // The API server's answer for a Pod that is on no node.
  if (code === 400) {
    return "Without nodes, connect endpoints (exec, attach, portforward) cannot be hit here, since no Pod runs: 'snoop up --nodes N' adds simulated nodes.";
  }
  if (stream === 'Exec' && code === 403) {
    return "The exec endpoints cannot be hit here: exec is off. 'snoop up --nodes N --nodes-exec' turns it on; it then runs programs on this machine, as nobody.";
  }
  return null;
}

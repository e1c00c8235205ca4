import { runOnNode } from './docker.ts';
import type { Tools } from './docker.ts';

/**
 * The file on the node with the owner's password; see manifests/kind/static-pods. `snoop up` needs it to migrate and
 * to choose the baseline, and this machine's Docker can read every file of the node anyway. The workbench in the
 * cluster has its own role and password.
 */
const passwordFile = '/var/lib/snoop/snoopdb/pgpass';

/** Reads the owner's password of a node's SnoopDB; null when it does not exist yet. */
export async function readPassword(tools: Tools, node: string): Promise<string | null> {
  const { exitCode, stdout } = await runOnNode(tools, node, ['cat', passwordFile]);
  return exitCode === 0 ? parsePassword(stdout) : null;
}

/** Parses the fifth field of a password file's first line, where `\:` and `\\` are escapes. */
export function parsePassword(text: string): string | null {
  const fields = (text.split('\n')[0] ?? '').match(/(?:\\.|[^:\\])+/g);
  const password = fields?.[4]?.replace(/\\(.)/g, '$1');
  return password === undefined || password === '' ? null : password;
}

/** Formats the owner's URL of a forwarded SnoopDB. */
export function formatSnoopDbUrl(password: string, port: number): string {
  return `postgresql://apisnoop:${encodeURIComponent(password)}@127.0.0.1:${port}/apisnoop?sslmode=disable`;
}

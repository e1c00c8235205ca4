import { runOnNode } from './docker.ts';
import type { Tools } from './docker.ts';

/**
 * The node's file with the owner's password, which was made when SnoopDB was; see manifests/kind/static-pods. `snoop up`
 * migrates and chooses the baseline, and this machine's Docker may read every file of the node anyway. The workbench in the
 * cluster has a role and a password of its own.
 */
const passwordFile = '/var/lib/snoop/snoopdb/pgpass';

/** The password of the owner of a node's SnoopDB; null as long as it is not made. */
export async function readPassword(tools: Tools, node: string): Promise<string | null> {
  const { exitCode, stdout } = await runOnNode(tools, node, ['cat', passwordFile]);
  return exitCode === 0 ? parsePassword(stdout) : null;
}

/** The fifth field of a password file's first line; `\:` and `\\` are a colon and a backslash in it. */
export function parsePassword(text: string): string | null {
  const fields = (text.split('\n')[0] ?? '').match(/(?:\\.|[^:\\])+/g);
  const password = fields?.[4]?.replace(/\\(.)/g, '$1');
  return password === undefined || password === '' ? null : password;
}

/** Where a forwarded SnoopDB is, for its owner. */
export function formatSnoopDbUrl(password: string, port: number): string {
  return `postgresql://apisnoop:${encodeURIComponent(password)}@127.0.0.1:${port}/apisnoop?sslmode=disable`;
}

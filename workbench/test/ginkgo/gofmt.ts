import { spawnSync } from 'node:child_process';

/** Formats Go source with gofmt; null: there is no gofmt. Throws for source that Go cannot parse. */
export function gofmt(source: string): string | null {
  const { error, status, stdout, stderr } = spawnSync('gofmt', [], { input: source, encoding: 'utf8' });
  if (error !== undefined) return null;
  if (status !== 0) throw new Error(`gofmt: ${stderr}\n${source}`);
  return stdout;
}

/** A program that loads audit events from its standard input, so that a test can kill it. */
import { findInputs, loadAuditLog, openPool } from '../../src/index.ts';

async function run(url: string, release: string): Promise<void> {
  const pool = openPool(url, { applicationName: 'load from stdin' });
  const [input] = await findInputs('-', { cwd: '/', stdin: process.stdin });
  if (input) await loadAuditLog(pool, input, { release, smallBytes: 2000 });
  await pool.end();
}

const [url = '', release = ''] = process.argv.slice(2);
void run(url, release);

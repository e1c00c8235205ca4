import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './run-folder.ts';
import { share, type TearDown } from './started.ts';

/** A global setup: builds the programs that tests start as processes, which run from dist. */
export default async function setUp(): Promise<TearDown> {
  const { release } = await share('programs', build);
  return release;
}

/** Type errors are the business of `npm run typecheck`; the compiler writes its output nevertheless. */
async function build(): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  await promisify(execFile)(tsc, ['-b'], { cwd: root }).catch((error: Error & { stdout?: string }) => {
    process.stderr.write(`tsc -b found errors; the tests run all the same:\n${error.stdout ?? error.message}\n`);
  });
}

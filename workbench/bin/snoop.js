#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  process.exitCode = await main(process.argv.slice(2));
  // After a signal, do not wait for interrupted work, which may never end.
  if (process.exitCode > 128) process.exit();
} else {
  process.stderr.write('snoop is not built yet. Run `npm run setup` in the root of the project.\n');
  process.exitCode = 3;
}

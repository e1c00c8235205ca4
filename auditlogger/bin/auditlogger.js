#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  process.exitCode = await main(process.argv.slice(2));
  // Everything is done by now; an unresponsive database connection would keep the process alive.
  setTimeout(() => process.exit(), 200).unref();
} else {
  process.stderr.write('auditlogger is not built yet. Run `npm run setup` in the root of the project.\n');
  process.exitCode = 3;
}

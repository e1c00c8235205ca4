#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
const args = process.argv.slice(2);

/** A shell waits for completions, so they are answered without the rest of the program if possible. */
async function answerCompletion() {
  if (args[0] !== 'complete' || args[1] !== '--') return false;
  const { answerFromCache } = await import(new URL('../dist/completion/answer.js', import.meta.url).href);
  const answer = answerFromCache(args.slice(2));
  if (answer === null) return false;
  process.stdout.write(answer);
  return true;
}

if (!existsSync(program)) {
  process.stderr.write('snoop is not built yet. Run `npm run setup` in the root of the project.\n');
  process.exitCode = 3;
} else if (!(await answerCompletion())) {
  const { main } = await import(program.href);
  process.exitCode = await main(args);
  // After a signal, do not wait for interrupted work, which may never end.
  if (process.exitCode > 128) process.exit();
}

/**
 * A process that runs one of the programs many times, one call after the other, as its `bin` does once.
 *
 * Arguments: the program's built main file. Each message is a call, `{ args, env, cwd, mark }`; after it `mark` is written to stdout
 * and stderr, and the exit code is sent back.
 */
const { main } = await import(process.argv[2]);
const inherited = { ...process.env };
const home = process.cwd();

process.on('message', async ({ args, env, cwd = home, mark }) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in inherited)) delete process.env[name];
  Object.assign(process.env, inherited, env);
  const exitCode = await main(args).catch((error) => {
    // As Node prints an error that nobody caught.
    process.stderr.write(`${error?.stack ?? error}\n`);
    return 1;
  });
  // Warnings of Node are printed a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  // The program lives once and leaves its listener there.
  process.stdout.removeAllListeners('error');
  process.stdout.write(mark);
  process.stderr.write(mark);
  // The folder of a call may be removed before the next one.
  process.chdir(home);
  process.send(exitCode);
});

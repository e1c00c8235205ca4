import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from './support/program.ts';

// The program is told to listen where somebody else does, and ends.
const nowhere = ['--database-url', 'postgresql://nobody@127.0.0.1:2/none'];

test('logs a JSON object on each line', async () => {
  const { stdout, exitCode } = await runProgram([...nowhere, '--listen', await takePort()]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: 60, name: 'auditlogger', msg: 'exiting after an error' }),
  );
  expect(exitCode).toBe(3);
});

test('logs text without colors if there is no terminal, including the last line', async () => {
  const listen = await takePort();
  const { stdout } = await runProgram([...nowhere, '--listen', listen, '--log-format', 'text']);
  expect(stdout).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] FATAL: exiting after an error\n {4}reason: "Cannot listen on /m);
  expect(stdout).not.toContain('\u001b');
});

test('silent logs nothing', async () => {
  const { stdout } = await runProgram([...nowhere, '--listen', await takePort(), '--log-level', 'silent']);
  expect(stdout).toBe('');
});

async function takePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens nowhere');
  return `127.0.0.1:${address.port}`;
}

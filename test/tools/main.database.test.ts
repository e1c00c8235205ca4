import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startSink } from './sink.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As `npm run tool --` does. */
function runTool(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const node = ['--import', 'tsx', '--conditions', '@snoop/source', 'test/tools/main.ts', ...args];
    execFile(process.execPath, node, { cwd: root }, (error, stdout, stderr) => {
      const code: unknown = error?.code ?? 0;
      resolve({ exitCode: typeof code === 'number' ? code : -1, stdout, stderr });
    });
  });
}

test.for<[args: string[], exitCode: number, said: RegExp]>([
  [['--help'], 0, /^Usage: npm run tool.*\n\n {2}apiserver /],
  [['load', '--help'], 0, /Exit codes:/],
  [['apiserver', '--help'], 0, /Exit codes:/],
  [['loda'], 2, /^There is no tool 'loda'/],
  [['load', '--sender', '3'], 2, /--senders/],
  [['load', '--senders', 'many'], 2, /^--senders wants a number above 0, not 'many'/],
  [['load', '--senders', '1', '--per-second', '1'], 2, /not both/],
  [['apiserver', '--url', 'nowhere'], 2, /^--url wants an address/],
  [['apiserver', '--ca', '/nowhere/ca.crt'], 3, /ENOENT/],
])('%s: exit %i', async ([args, exitCode, said]) => {
  const ended = await runTool(...args);
  expect(ended.exitCode === 0 ? ended.stdout : ended.stderr).toMatch(said);
  expect(ended.exitCode).toBe(exitCode);
});

test.for<[tool: string, status: number, exitCode: number, counts: object]>([
  ['load', 200, 0, { requests: 3, acknowledged: 3, answers: { 200: 3 } }],
  ['load', 503, 1, { requests: 3, acknowledged: 0, answers: { 503: 3 } }],
  ['apiserver', 200, 0, { audited: 3, acknowledgedEvents: 3, lost: 0 }],
  ['apiserver', 400, 1, { audited: 3, acknowledgedEvents: 0, lost: 3 }],
])('%s to a sink that answers %i: exit %i', async ([tool, status, exitCode, counts]) => {
  let bodies = 0;
  const sink = await startSink((_, response) => {
    bodies++;
    response.writeHead(status).end();
  });
  const pace = tool === 'load' ? ['--senders', '1'] : ['--scale', '1000'];
  const ended = await runTool(tool, '--url', sink.url, '--output', 'json', '--count', '3', ...pace);
  expect(JSON.parse(ended.stdout)).toMatchObject(counts);
  expect(ended.exitCode).toBe(exitCode);
  expect(bodies).toBeGreaterThan(0);
});

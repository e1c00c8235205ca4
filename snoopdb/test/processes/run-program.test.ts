import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifyProcess } from '../../src/processes/process-identity.ts';
import { ProgramNotFoundError, readProgramOutput, runProgram } from '../../src/processes/run-program.ts';

const env = { PATH: process.env.PATH };

function runScript(script: string, options: Partial<Parameters<typeof runProgram>[2]> = {}) {
  return runProgram(process.execPath, ['-e', script], { env, ...options });
}

test('passes the input and only this environment, and returns output and exit code', async () => {
  const script = `
    process.stdin.on('data', (piece) => process.stdout.write(String(piece).toUpperCase()));
    process.stdin.on('end', () => {
      console.error(Object.keys(process.env).includes('HOME'), process.env.WORD);
      process.exitCode = 3;
    });`;
  const outcome = await runScript(script, { input: 'text\n', env: { ...env, WORD: 'here', HOME: undefined } });
  expect(outcome).toEqual({ exitCode: 3, stdout: 'TEXT\n', stderr: 'false here\n', output: 'TEXT\nfalse here\n' });
});

test('passes empty input by default', async () => {
  expect((await runScript("process.stdin.resume().on('end', () => console.log('end'))")).stdout).toBe('end\n');
});

test('passes lines of stderr on while the program runs', async () => {
  const ending = new AbortController();
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length === 2) ending.abort(new Error('seen'));
  };
  const running = runScript("console.error('one\\ntwo'); setInterval(() => {}, 1000)", {
    onLine,
    signal: ending.signal,
  });
  await expect(running).rejects.toThrow('seen');
  expect(lines).toEqual(['one', 'two']);
});

/** Runs a program that starts another one, which ignores SIGTERM as it does, and is called off when both run. */
async function callOff(options: { detached: boolean; graceMs: number }): Promise<number> {
  const stay = "process.on('SIGTERM', () => {}); console.error(process.pid); setInterval(() => {}, 1000)";
  const script = `
    process.on('SIGTERM', () => {});
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stay)}], {
      stdio: 'inherit',
      detached: ${options.detached},
    });
    setInterval(() => {}, 1000);`;
  const ending = new AbortController();
  let pid = 0;
  const onLine = (line: string): void => {
    pid = Number(line);
    ending.abort(new Error('called off'));
  };
  const running = runScript(script, { onLine, signal: ending.signal, graceMs: options.graceMs });
  await expect(running).rejects.toThrow('called off');
  return pid;
}

test('an aborted program is killed with all its children', async () => {
  const pid = await callOff({ detached: false, graceMs: 100 });
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => identifyProcess(pid)).toBeNull();
});

test('a child that left the group and keeps the output open does not block', async () => {
  const pid = await callOff({ detached: true, graceMs: 0 });
  expect(process.kill(pid, 'SIGKILL')).toBe(true);
});

test('a program that takes too long has no exit code', async () => {
  expect(await runScript('setInterval(() => {}, 1000)', { timeoutMs: 1 })).toMatchObject({ exitCode: null });
});

test('a missing or invalid program is distinguished from one that failed', async () => {
  await expect(runProgram('no-such-program', [], { env })).rejects.toThrow(ProgramNotFoundError);
  const folder = await mkdtemp(join(tmpdir(), 'run-program-'));
  await expect(runProgram(folder, [], { env })).rejects.toMatchObject({ code: 'EACCES' });
});

test('readProgramOutput: the error has the exit code and the last lines of stderr', async () => {
  expect(await readProgramOutput(process.execPath, ['-p', '1 + 1'], { env })).toBe('2\n');
  const failing = readProgramOutput(process.execPath, ['-e', "console.error('no room'); process.exit(4)"], { env });
  await expect(failing).rejects.toThrow(/ended with 4: no room$/);
});

test('does not start a program that was aborted before', async () => {
  const signal = AbortSignal.abort(new Error('called off'));
  await expect(runProgram('no-such-program', [], { env, signal })).rejects.toThrow('called off');
});

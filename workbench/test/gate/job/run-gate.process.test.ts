import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import type { KeptAnswer } from '../../../src/gate/job/kept-answer.ts';
import { runGate } from '../../../src/gate/job/run-gate.ts';
import { createAnswer, missingAnswer } from './answers.ts';

// The gate is a program that writes what a test wants, since only the process around it is tested here.

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snoop-run-gate-'));
  return () => rm(folder, { recursive: true, force: true });
});

async function run(
  body: string,
  signal = new AbortController().signal,
): Promise<{ kept: KeptAnswer; printed: string }> {
  const program = join(folder, 'program.mjs');
  await writeFile(
    program,
    `import { writeFileSync } from 'node:fs';
     const file = process.argv.at(-1).replace(/^json=/, '');
     ${body}`,
  );
  const printed: Buffer[] = [];
  const create = await runGate(['--debt'], {
    ...{ cwd: folder, environment: process.env, signal, program, endsWithinMs: 100 },
    now: () => new Date('2026-11-30T10:00:00Z'),
    print: (text) => void printed.push(text),
  });
  return { kept: create(null), printed: Buffer.concat(printed).toString() };
}

const write = (answer: unknown): string => `writeFileSync(file, ${JSON.stringify(JSON.stringify(answer))});`;

test('keeps an answer, and passes flags and output on', async () => {
  const { kept, printed } = await run(
    `${write(missingAnswer)} console.log(process.argv.slice(2, -1)); process.exitCode = 1`,
  );
  expect(kept).toMatchObject({ verdict: 'missing', exitCode: 1, answeredAt: '2026-11-30T10:00:00.000Z' });
  expect(printed).toContain("[ 'gate', '--debt', '--output' ]");
});

test.for([
  ['no answer', `console.error('snoop gate has no flag --dept.'); process.exitCode = 2`, 'has no flag --dept'],
  ['green without an answer', '', 'exit code 0 and wrote no answer'],
  ['killed', `${write(createAnswer())} process.kill(process.pid, 'SIGKILL')`, 'was ended by SIGKILL'],
  ['out of memory after the answer', `${write(createAnswer())} process.exitCode = 134`, 'contradicts its answer'],
  ['green, but the answer is not', `${write(missingAnswer)}`, 'contradicts its answer'],
  ['half an answer', `writeFileSync(file, '{"verdict": "nothing')`, 'ended with exit code 0:'],
  ['another document', write({ verdict: 'nothing missing' }), 'cannot be used'],
])('cannot tell: %s', async ([, body = '', why]) => {
  const { kept } = await run(body);
  expect(kept).toMatchObject({ verdict: 'cannot tell', exitCode: 3, counts: null });
  expect(kept.doubts[0]).toContain(why);
});

test('an interrupted gate gives no answer', async () => {
  const stop = new AbortController();
  const running = run('setInterval(() => {}, 1000)', stop.signal);
  stop.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
});

test('a gate that ignores its end is killed', async () => {
  const stop = new AbortController();
  const started = join(folder, 'started');
  const running = run(
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); writeFileSync(${JSON.stringify(started)}, String(process.pid));`,
    stop.signal,
  );
  await expect.poll(() => readFile(started, 'utf8').catch(() => ''), { timeout: 60_000 }).toMatch(/^\d+$/);
  stop.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  const pid = Number(await readFile(started, 'utf8'));
  await expect.poll(() => identifyProcess(pid), { timeout: 10_000 }).toBe(null);
});

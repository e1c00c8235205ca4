import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describeMachine, percentile } from './measurement/machine.ts';

const program = fileURLToPath(new URL('../../workbench/bin/snoop.js', import.meta.url));
const example = fileURLToPath(
  new URL('../../workbench/examples/horizontal-pod-autoscaler-lifecycle.live.ts', import.meta.url),
);
const runs = 20;
/** The figure that is aimed at: p95, in milliseconds. */
const targetMs = 1000;

/**
 * Runs an example `runs` times, as a person would, and takes the time from the last response that the client saw
 * (its journal's clock) to the arrival of the report's last byte.
 */
export async function measure(): Promise<undefined> {
  const state = await mkdtemp(join(tmpdir(), 'snoop-bench-'));
  try {
    const up = await call(['up', '--state', state]);
    const databaseUrl = /DATABASE_URL='?([^'\n]+)'?/.exec(up.stdout)?.[1];
    if (databaseUrl === undefined) throw new Error(`'snoop up' printed no DATABASE_URL:\n${up.stdout}`);
    const latenciesMs: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const { stdout, printedAt } = await call(['test', example, '--state', state, '--output', 'json']);
      const latencyMs = printedAt - (await readLastResponse(databaseUrl, readRunId(stdout)));
      latenciesMs.push(latencyMs);
      console.error(`run ${run} of ${runs}: ${latencyMs} ms`);
    }
    const p95 = percentile(latenciesMs, 0.95);
    console.log(describeMachine());
    console.log(`report latency over ${runs} runs: median ${percentile(latenciesMs, 0.5)} ms, p95 ${p95} ms`);
    console.log(`ratio of p95 to the target of ${targetMs} ms: ${(p95 / targetMs).toFixed(2)}`);
    console.log(`all values (ms): ${latenciesMs.join(' ')}`);
  } finally {
    await call(['down', '--purge', '--state', state]);
    await rm(state, { recursive: true, force: true });
  }
}

function readRunId(report: string): string {
  const parsed: { run: { id: string } } = JSON.parse(report);
  return parsed.run.id;
}

async function readLastResponse(databaseUrl: string, run: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ at: Date }>(
      'select max(answered_at) as at from testing.run_request where run = $1',
      [run],
    );
    const at = rows[0]?.at;
    if (!at) throw new Error(`run ${run} has no answered request`);
    return at.getTime();
  } finally {
    await client.end();
  }
}

async function call(args: readonly string[]): Promise<{ stdout: string; printedAt: number }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  let printedAt = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    printedAt = Date.now();
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`'snoop ${args.join(' ')}' ended with ${exitCode}`);
  return { stdout, printedAt };
}

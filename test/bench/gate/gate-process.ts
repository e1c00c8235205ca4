import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../workbench/bin/snoop.js', import.meta.url));

/** Prints the most memory that the process had. Not its resourceUsage(), which begins with that of its parent. */
const reportMemory = `data:text/javascript,
import { readFileSync } from 'node:fs';
process.on('exit', () => process.stderr.write(/VmHWM:.*/.exec(readFileSync('/proc/self/status', 'utf8'))[0] + '\\n'));`;

/** What a process of `snoop gate` took, and answered. */
export interface GateProcess {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly exitCode: number | null;
  /** The sentence of its answer, and why it cannot tell. */
  readonly summary: string;
}

/** Runs `snoop gate` in a folder. Linux only. */
export async function runGate(folder: string, flags: readonly string[]): Promise<GateProcess> {
  const args = ['--import', encodeURI(reportMemory), program, 'gate', ...flags, '--output', 'json'];
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  const seconds = (performance.now() - started) / 1000;
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(stderr) ?? [];
  if (kibibytes === undefined || stdout === '') throw new Error(`snoop gate printed no answer: ${stderr}`);
  const { summary, doubts } = JSON.parse(stdout) as { summary: string; doubts: string[] };
  return { seconds, peakMiB: Number(kibibytes) / 1024, exitCode, summary: [summary, ...doubts].join(' ') };
}

/** Seconds of a process that only parses JSON files, which no reader of them can do without. */
export async function runParser(folder: string, files: readonly string[]): Promise<number> {
  const parse = "for (const file of process.argv.slice(1)) JSON.parse(require('node:fs').readFileSync(file, 'utf8'))";
  const started = performance.now();
  const child = spawn(process.execPath, ['--eval', parse, ...files], { cwd: folder, stdio: 'inherit' });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (exitCode !== 0) throw new Error(`Parsing ${files.join(', ')} ended with ${exitCode}.`);
  return (performance.now() - started) / 1000;
}

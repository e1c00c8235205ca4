import { explain } from '../../../src/command-line/explain.ts';
import { command } from '../../../src/cli/gate.ts';
import type { GateAnswer } from '../../../src/gate/answer.ts';
import { runCommand } from '../ask.ts';
import { makeFolder } from '../folder.ts';
import { fileNames, type Files, formatWorld, writeFiles } from './made-files.ts';
import type { World } from './made-world.ts';

/** What a gate printed, and how it ended. */
export interface GateRun {
  readonly exitCode: number;
  /** Null: it ended with an error, or printed no JSON. */
  readonly answer: GateAnswer | null;
  readonly stdout: string;
  /** Its messages and its error. */
  readonly stderr: string;
}

/**
 * Runs `snoop gate --output json` without a process. Throws an error that is not explained, as a crash would be.
 *
 * @param args may name another output
 */
export async function runGate(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<GateRun> {
  const asked = args.includes('--output') ? args : [...args, '--output', 'json'];
  try {
    const { exitCode, stdout, stderr } = await runCommand(command, folder, asked, {
      PATH: process.env.PATH,
      HOME: folder,
      ...env,
    });
    return { exitCode, stdout, stderr, answer: readAnswer(stdout) };
  } catch (error) {
    const { text, exitCode } = explain(error);
    if (/\n\s+at /.test(text)) throw error;
    return { exitCode, stdout: '', stderr: text, answer: null };
  }
}

function readAnswer(stdout: string): GateAnswer | null {
  try {
    return JSON.parse(stdout) as GateAnswer;
  } catch {
    return null;
  }
}

/** The flags for the files of a world. */
export function listFlags(hits: 'coverage' | 'log' | null = 'coverage'): string[] {
  const { openapi, previous, conformance, ineligible, pending } = fileNames;
  const flags = { openapi, previous, conformance, ineligible, pending };
  return [
    ...Object.entries(flags).flatMap(([flag, file]) => [`--${flag}`, file]),
    ...(hits === null ? [] : ['--hits', fileNames[hits]]),
  ];
}

/** Writes the files of a world to a new folder, and runs the gate there. */
export async function judgeWorld(
  world: World,
  args: readonly string[] = listFlags(),
  change: (files: Files) => void = () => {},
): Promise<GateRun> {
  const folder = await makeFolder();
  const files = formatWorld(world);
  change(files);
  await writeFiles(folder, nameFiles(files));
  return runGate(folder, args);
}

/** Files by their names. */
export function nameFiles(files: Partial<Files>): Record<string, string | Buffer> {
  return Object.fromEntries(Object.entries(files).map(([role, content]) => [fileNames[role as keyof Files], content]));
}
